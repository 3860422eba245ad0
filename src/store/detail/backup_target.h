// store/detail/backup_target.h: the file that a backup is written to. It is FILE.part until it is
// whole and on disk, then FILE; a backup that fails takes it away. One that is killed leaves
// FILE.part, which the next one to the same FILE begins anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.h"

namespace wakeful::store::detail {

class BackupTarget {
 public:
  /// errors  conflict: the file exists, or another backup writes it; not_found: there is no such
  ///         folder; denied, io; unavailable: the disk is full
  static Result<std::unique_ptr<BackupTarget>> open(const std::filesystem::path& file);
  ~BackupTarget();
  BackupTarget(const BackupTarget&) = delete;
  BackupTarget& operator=(const BackupTarget&) = delete;

  int descriptor() const { return descriptor_; }
  /// Give it its name. Returns its size. errors  as open()
  Result<std::uint64_t> finish();

  static std::filesystem::path folder_of(const std::filesystem::path& file);

 private:
  explicit BackupTarget(const std::filesystem::path& file);
  Error problem(int number) const;

  std::filesystem::path file_;
  std::filesystem::path part_;
  int descriptor_ = -1;
};

}  // namespace wakeful::store::detail
