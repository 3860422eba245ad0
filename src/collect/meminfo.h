// collect/meminfo.h: /proc/meminfo. Pure.
//
// Source: proc(5) "/proc/meminfo"; Linux Documentation/filesystems/proc.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace wakeful::collect {

/// What the kernel says, in bytes; a line that is not there is nullopt.
struct MemInfo {
  std::uint64_t total_bytes = 0;
  std::optional<std::uint64_t> available_bytes;  ///< since Linux 3.14
  std::optional<std::uint64_t> free_bytes;
  std::optional<std::uint64_t> buffers_bytes;
  std::optional<std::uint64_t> cached_bytes;
  std::optional<std::uint64_t> shared_bytes;  ///< "Shmem": part of cached that cannot be dropped
  std::optional<std::uint64_t> swap_total_bytes;
  std::optional<std::uint64_t> swap_free_bytes;
};

/// errors  parse: no MemTotal, or one of the lines above has no whole number or one beyond 2^64
Result<MemInfo> parse_meminfo(std::string_view text);

/// Memory that programs can still get without swapping, at most the total. Before Linux 3.14 the
/// kernel does not say it: free + buffers + cached - shared is taken instead, which is too much by
/// what the kernel needs for itself. nullopt when the lines for that are missing too.
std::optional<std::uint64_t> available_bytes(const MemInfo& info);

}  // namespace wakeful::collect
