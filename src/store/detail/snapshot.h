// store/detail/snapshot.h: copies of databases that a server may be writing to.
//
// A copy is one SQLite read transaction: the server's writes go on and are not seen. While it lasts
// the server's log of that one database cannot start anew, so it grows by what is written
// meanwhile; nothing else is held up.
#pragma once

#include <filesystem>
#include <memory>
#include <set>

#include "base/result.h"
#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

/// Write the database as it is now into a new file, without free pages.
/// errors  io: damaged (says so), not found, unavailable: the disk is full, denied
Result<void> copy_database(const std::filesystem::path& source,
                           const std::filesystem::path& target);

/// The batches of the journal, gathered while the packs are copied: a batch that is packed into a
/// pack after that pack was copied is in the journal no more when the journal itself is copied.
class JournalBatches {
 public:
  /// source  samples.db; it must exist
  /// store   a new file for the batches
  /// errors  as copy_database
  static Result<std::unique_ptr<JournalBatches>> begin(const std::filesystem::path& source,
                                                       const std::filesystem::path& store);
  /// Gather what came since the last time.
  Result<void> gather();
  /// Put what is missing into a copy of the journal that was made just now.
  /// errors  unavailable: the journal was brought to a new schema meanwhile; as copy_database
  Result<void> merge_into(const std::filesystem::path& copy);

 private:
  JournalBatches(std::unique_ptr<Database> journal, std::unique_ptr<Database> gathered)
      : journal_(std::move(journal)), gathered_(std::move(gathered)) {}
  Result<void> look_at_journal();

  std::unique_ptr<Database> journal_;
  std::unique_ptr<Database> gathered_;
  std::int64_t schema_ = 0;
  std::int64_t old_reports_ = 0;  // rows that a migration is still packing
  std::int64_t last_batch_ = 0;
  std::set<std::int64_t> removed_;  // servers whose removal was finished before anything was copied
};

}  // namespace wakeful::store::detail
