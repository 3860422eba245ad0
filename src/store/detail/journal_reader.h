// store/detail/journal_reader.h: every read from samples.db, on connections of its own.
//
// Callable from any thread. WAL lets readers and the writer pass each other; each read is cut into
// statements of some milliseconds, so that none holds the WAL for long.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "store/detail/sqlite_db.h"
#include "store/samples.h"

namespace wakeful::store::detail {

/// At most a few read-only connections, made when they are needed and then kept.
class ReadPool {
 public:
  explicit ReadPool(std::filesystem::path path) : path_(std::move(path)) {}

  /// A connection for the time of one read.
  class Lease {
   public:
    Lease(ReadPool& pool, std::unique_ptr<Database> database)
        : pool_(pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Database& operator*() { return *database_; }

   private:
    ReadPool& pool_;
    std::unique_ptr<Database> database_;
  };

  /// blocks  while all connections are in use, at most 10 s
  /// errors  unavailable: they still are; io
  Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Database> database);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_;  // guarded by mutex_
  int made_ = 0;                                 // guarded by mutex_
};

Result<Columns> read_columns(Database& database, const SampleQuery& query);
Result<std::vector<AcceptedReport>> read_last_reports(Database& database);

}  // namespace wakeful::store::detail
