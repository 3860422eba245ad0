#include "server/data_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "base/strings.h"

namespace wakeful::server {
namespace {

Error file_error(const std::filesystem::path& path, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  std::string message = path.string() + ": " + std::strerror(number);
  if (denied) {
    message += "; run as a user who may write there, or give another folder with --data";
  }
  return {denied ? Errc::denied : Errc::io, std::move(message)};
}

std::string holder_of(int descriptor) {
  char text[32] = {};
  const auto got = ::pread(descriptor, text, sizeof text - 1, 0);
  if (got <= 0) return {};
  const auto pid = trim(std::string_view(text, static_cast<std::size_t>(got)));
  return parse_integer<int>(pid) ? " (process " + std::string(pid) + ")" : std::string();
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  // 0700: keys' hashes and everything that was ever reported are in there.
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(file_error(folder, errno));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DataLock>> DataLock::take(const std::filesystem::path& folder) {
  if (auto made = make_folder(folder); !made) return fail(made.error());
  const auto path = folder / "serve.lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(file_error(path, errno));
  std::unique_ptr<DataLock> lock(new DataLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(file_error(path, errno));
    return fail(Errc::conflict, "another wakeful serve" + holder_of(descriptor) +
                                    " uses the data folder " + folder.string() +
                                    "; stop it, or give another folder with --data");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only for the message above: a full disk must not keep the server from starting.
  if (::ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const auto put = ::pwrite(descriptor, pid.data(), pid.size(), 0);
  }
  return lock;
}

DataLock::~DataLock() { ::close(descriptor_); }

}  // namespace wakeful::server
