// server/data_lock.h: one server per data folder.
//
// A second `wakeful serve` on the same folder would store everything twice and judge the same
// silence. Command-line tools (`wakeful add`) do not take the lock.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"

namespace wakeful::server {

/// Held as long as it lives; the kernel lets it go when the process ends, however that happens.
class DataLock {
 public:
  /// Make the folder (mode 0700) when absent, and lock it.
  /// errors  conflict: another server has it (says its process id); denied, io
  static Result<std::unique_ptr<DataLock>> take(const std::filesystem::path& folder);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  explicit DataLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace wakeful::server
