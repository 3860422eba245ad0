// store/operations.h: what an owner does with a whole embedded store: back it up, bring it back,
// verify it. Used by the commands of the same names; none needs the server to stop, but restore.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace wakeful::store {

/// Told now and then how far it is: bytes or blocks done of all, and the file at hand. Called on the
/// thread that does the work.
using Progress =
    std::function<void(std::uint64_t done, std::uint64_t total, std::string_view current)>;

struct BackupSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< of the backup file
};

/// Write everything in the data folder into one file, while a server may run: each database as it is
/// at one moment, and together such that a restored store has every report that was acknowledged
/// before the call, once. The file appears under its name only when it is whole and on disk.
/// errors  conflict: the file exists; not_found: there is no store; io
Result<BackupSummary> backup_store(const StoreOptions& options, const std::filesystem::path& file,
                                   const Progress& progress);

/// Make a data folder from a backup. All of it is read and verified before the folder appears.
/// errors  conflict: the data folder exists and is not empty; parse: no backup of ours, or a damaged
///         one (says where); unsupported: made by a newer program; io
Result<void> restore_store(const std::filesystem::path& file, const StoreOptions& options,
                           const Progress& progress);

struct CheckSummary {
  std::uint64_t files = 0;
  std::uint64_t blocks = 0;
  std::uint64_t samples = 0;   ///< times in blocks of raw samples
  std::uint64_t problems = 0;  ///< told to on_problem, one by one
};

/// Read every database page and every block, while a server may run.
/// on_problem  "samples/2026-11-20.db: server 7, block at 2026-11-20T03:00:00Z: its checksum does not hold"
/// errors  not_found: there is no store; io: a folder cannot be read. Damage is no error.
Result<CheckSummary> check_store(const StoreOptions& options, const Progress& progress,
                                 const std::function<void(const std::string&)>& on_problem);

}  // namespace wakeful::store
