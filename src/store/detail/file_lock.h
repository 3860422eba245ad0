// store/detail/file_lock.h: one process at a time, told by a lock on a file. The kernel lets go of
// it when the process ends, however it ends.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace wakeful::store::detail {

class FileLock {
 public:
  /// errors  conflict: another process (or another FileLock) has it; denied, io
  static Result<FileLock> take(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace wakeful::store::detail
