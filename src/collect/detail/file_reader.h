// collect/detail/file_reader.h: reads small kernel files, every second, for years.
//
// The buffer is kept between reads, no stream and no descriptor is; opening never blocks, so that a
// FIFO where a file should be (systemd keeps some beside its session files) cannot stop the agent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::collect::detail {

class FileReader {
 public:
  explicit FileReader(std::size_t max_bytes = std::size_t{1} << 20) : max_bytes_(max_bytes) {}

  /// The whole text of a file, valid until the next call.
  /// errors  not_found: no such file, or the process or cgroup behind it has ended; denied; io;
  ///         too_large: longer than max_bytes
  Result<std::string_view> read(const std::string& path);

  /// The same for a file that the kernel hands out in one piece, as it does all of cgroup and
  /// sysfs: the end is known without asking for it, which saves a quarter of the system calls.
  Result<std::string_view> read_piece(const std::string& path);

 private:
  Result<std::string_view> read_until(const std::string& path, bool short_read_is_end);

  std::string buffer_;
  std::size_t max_bytes_;
};

/// The code for an errno of a file read.
Errc file_errc(int number);

}  // namespace wakeful::collect::detail
