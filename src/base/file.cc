#include "base/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/descriptor.h"

namespace wakeful {
namespace {

Error errno_error(const std::filesystem::path& path, int number) {
  Errc code = Errc::io;
  if (number == ENOENT || number == ENOTDIR) code = Errc::not_found;
  if (number == EACCES || number == EPERM) code = Errc::denied;
  return Error{code, path.string() + ": " + std::strerror(number)};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return fail(errno_error(path, errno));
  std::string content;
  std::size_t used = 0;
  for (;;) {
    if (content.size() - used < 4096) content.resize(content.size() + 16384);
    const auto got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(path, errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > max_bytes) {
      return fail(Errc::too_large,
                  path.string() + ": longer than " + std::to_string(max_bytes) + " bytes");
    }
  }
  content.resize(used);
  return content;
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content,
                               unsigned mode) {
  auto temporary = path;
  temporary += ".new";
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return fail(errno_error(temporary, errno));
    if (::fchmod(file.get(), mode) != 0) return fail(errno_error(temporary, errno));
    while (!content.empty()) {
      const auto put = ::write(file.get(), content.data(), content.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail(errno_error(temporary, errno));
      content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file.get()) != 0) return fail(errno_error(temporary, errno));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(errno_error(path, errno));
  // The rename itself is durable only once the folder is on disk.
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return fail(errno_error(folder, errno));
  return {};
}

}  // namespace wakeful
