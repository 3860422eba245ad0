#include "collect/detail/file_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace wakeful::collect::detail {
namespace {

constexpr std::size_t kFirstBytes = 4096;

auto read_failure(const std::string& path, int number) {
  return fail(file_errc(number), path + ": " + std::strerror(number));
}

}  // namespace

Errc file_errc(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:  // a cgroup that was removed while its file was open
    case ESRCH:   // a process that ended while its file was open
      return Errc::not_found;
    case EACCES:
    case EPERM:
      return Errc::denied;
    default:
      return Errc::io;
  }
}

Result<std::string_view> FileReader::read(const std::string& path) {
  return read_until(path, false);
}

Result<std::string_view> FileReader::read_piece(const std::string& path) {
  return read_until(path, true);
}

Result<std::string_view> FileReader::read_until(const std::string& path, bool short_read_is_end) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) return read_failure(path, errno);
  std::size_t used = 0;
  for (;;) {
    if (used == buffer_.size()) buffer_.resize(std::max(kFirstBytes, buffer_.size() * 2));
    const auto got = ::read(file.get(), buffer_.data() + used, buffer_.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_failure(path, errno);
    const bool is_short = static_cast<std::size_t>(got) < buffer_.size() - used;
    used += static_cast<std::size_t>(got);
    if (used > max_bytes_) {
      return fail(Errc::too_large,
                  path + ": expected at most " + std::to_string(max_bytes_) + " bytes, got more");
    }
    if (got == 0 || (short_read_is_end && is_short)) {
      return std::string_view(buffer_.data(), used);
    }
  }
}

}  // namespace wakeful::collect::detail
