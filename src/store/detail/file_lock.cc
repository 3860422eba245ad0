#include "store/detail/file_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <sys/file.h>

namespace wakeful::store::detail {

Result<FileLock> FileLock::take(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const auto code = errno == EACCES || errno == EPERM ? Errc::denied : Errc::io;
    return fail(code, path.string() + ": " + std::strerror(errno));
  }
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) {
    return fail(Errc::conflict, path.string() +
                                    ": another `wakeful serve` has this data folder open; stop it, "
                                    "or choose another folder");
  }
  return fail(Errc::io, path.string() + ": " + std::strerror(errno));
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace wakeful::store::detail
