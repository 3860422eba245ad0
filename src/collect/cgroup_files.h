// collect/cgroup_files.h: the formats of control group files, versions 1 and 2. Pure.
//
// Used by: ContainerFigures.
// Source: Linux Documentation/admin-guide/cgroup-v2.rst,
// admin-guide/cgroup-v1/{cpuacct,memory}.rst, scheduler/sched-bwc.rst; cgroups(7); proc(5)
// "mountinfo".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wakeful::collect {

/// A line of /proc/PID/cgroup.
struct CgroupMembership {
  std::vector<std::string> controllers;  ///< empty: the unified hierarchy (version 2)
  std::string path;                      ///< from the root of the reader's cgroup namespace
};
/// Parse /proc/PID/cgroup. Named hierarchies ("name=systemd") keep that as their controller.
/// errors  parse: a line without two colons or whose path does not start with '/'
Result<std::vector<CgroupMembership>> parse_proc_cgroup(std::string_view text);

/// A mounted cgroup hierarchy.
struct CgroupMount {
  bool version2 = false;
  std::vector<std::string> controllers;  ///< version 1
  std::string root;         ///< the part of the hierarchy that is mounted: "/" for all of it
  std::string mount_point;  ///< with the octal escapes of mountinfo decoded
};
/// The cgroup mounts of a mountinfo file; everything else and lines that are none are ignored.
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text);

/// The number behind a key of a "key number" file such as cpu.stat or memory.stat.
/// shape   nullopt when the key is not there
/// errors  parse: not a whole number
Result<std::optional<std::uint64_t>> find_flat_key(std::string_view text, std::string_view key);

/// A file that holds one whole number: cpuacct.usage, memory.current, memory.usage_in_bytes.
/// errors  parse: not a whole number
Result<std::uint64_t> parse_single_number(std::string_view text);

/// memory.max or memory.limit_in_bytes.
/// shape   nullopt without a limit: "max", or version 1's largest number of whole pages
/// errors  parse: neither a number nor "max"
Result<std::optional<std::uint64_t>> parse_memory_limit(std::string_view text);

/// cpu.max: "max 100000", "50000 100000" or "50000": quota and period in microseconds.
/// shape   cores; nullopt without a limit
/// errors  parse: not these, a quota or a period of 0
Result<std::optional<double>> parse_cpu_max(std::string_view text);

/// cpu.cfs_quota_us and cpu.cfs_period_us. A quota of -1 is no limit.
/// shape   as parse_cpu_max
/// errors  as parse_cpu_max
Result<std::optional<double>> parse_cfs_limit(std::string_view quota, std::string_view period);

}  // namespace wakeful::collect
