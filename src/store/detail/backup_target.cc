#include "store/detail/backup_target.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

#include "store/detail/stage_folder.h"

namespace wakeful::store::detail {
namespace {

namespace fs = std::filesystem;

Error taken(const fs::path& file) {
  return {Errc::conflict, file.string() + ": the file exists; name another one"};
}

}  // namespace

BackupTarget::BackupTarget(const fs::path& file) : file_(file), part_(file.string() + ".part") {}

Result<std::unique_ptr<BackupTarget>> BackupTarget::open(const fs::path& file) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error))) return fail(taken(file));
  std::unique_ptr<BackupTarget> target(new BackupTarget(file));
  const auto part = target->part_.string();
  target->descriptor_ = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (target->descriptor_ < 0) return fail(target->problem(errno));
  if (::flock(target->descriptor_, LOCK_EX | LOCK_NB) != 0) {
    target->part_.clear();  // not ours to remove
    return fail(Errc::conflict, part + ": another backup is writing to this file");
  }
  // What an interrupted backup left.
  if (::ftruncate(target->descriptor_, 0) != 0) return fail(target->problem(errno));
  return target;
}

BackupTarget::~BackupTarget() {
  if (descriptor_ < 0) return;
  if (!part_.empty()) ::unlink(part_.c_str());
  ::close(descriptor_);
}

Result<std::uint64_t> BackupTarget::finish() {
  struct ::stat about {};
  if (::fsync(descriptor_) != 0 || ::fstat(descriptor_, &about) != 0) return fail(problem(errno));
  int code = ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, file_.c_str(), RENAME_NOREPLACE);
  // Some network file systems cannot; nobody else makes the file in that moment.
  if (code != 0 && errno == EINVAL) code = ::rename(part_.c_str(), file_.c_str());
  if (code != 0) return fail(errno == EEXIST ? taken(file_) : problem(errno));
  part_.clear();
  auto synced = sync_to_disk(folder_of(file_));
  if (!synced) return fail(std::move(synced).error());
  return static_cast<std::uint64_t>(about.st_size);
}

fs::path BackupTarget::folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

Error BackupTarget::problem(int number) const {
  Errc code = Errc::io;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::denied;
  if (number == ENOENT) code = Errc::not_found;
  if (number == ENOSPC || number == EDQUOT) code = Errc::unavailable;
  return {code, part_.string() + ": cannot write the backup: " + std::strerror(number)};
}

}  // namespace wakeful::store::detail
