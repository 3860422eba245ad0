// store/detail/stage_folder.h: a folder for half-done work, which goes when the work is done or
// fails. What a killed process leaves is taken away by the next one.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"

namespace wakeful::store::detail {

class StageFolder {
 public:
  /// Make parent/<prefix>XXXXXX with mode 0700.
  /// errors  denied, io; unavailable: the disk is full
  static Result<StageFolder> make(const std::filesystem::path& parent, const std::string& prefix);
  ~StageFolder();
  StageFolder(StageFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), descriptor_(std::exchange(other.descriptor_, -1)) {}
  StageFolder& operator=(StageFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// It got another name: nothing is to be removed any more.
  void keep() { path_.clear(); }

  /// Remove those with this prefix that no living process works in.
  static void remove_abandoned(const std::filesystem::path& parent, const std::string& prefix);

 private:
  StageFolder(std::filesystem::path path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  int descriptor_;  // holds the lock that tells others that somebody is at work
};

/// Bytes that may still be written to the file system of a folder; the largest number where that
/// cannot be told.
std::uint64_t free_bytes(const std::filesystem::path& folder);
/// fsync a file or a folder. errors  io
Result<void> sync_to_disk(const std::filesystem::path& path);

}  // namespace wakeful::store::detail
