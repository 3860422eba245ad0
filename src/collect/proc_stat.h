// collect/proc_stat.h: CPU time counters of /proc/stat, and lists of CPUs as sysfs prints them.
//
// Used by: the cpu and identity collectors. Pure.
// Source: proc(5) "/proc/stat"; Linux Documentation/admin-guide/cputopology.rst (cpulist format).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wakeful::collect {

/// Highest number of CPUs that a report carries.
inline constexpr int kMaxCores = 8192;

/// Time since boot in ticks (1/100 s). guest and guest_nice are parts of user and nice and are
/// therefore not kept.
struct CpuTimes {
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;
  std::uint64_t irq = 0;
  std::uint64_t softirq = 0;
  std::uint64_t steal = 0;
  bool operator==(const CpuTimes&) const = default;
};

struct CoreTimes {
  int number = 0;
  CpuTimes times;
};

struct ProcStat {
  CpuTimes all;
  std::vector<CoreTimes> cores;  ///< online ones, in the file's order; numbers may have gaps
};

/// Parse /proc/stat; lines other than cpu… and fields after steal are ignored.
/// shape   fields that an old kernel does not have are 0 (all before Linux 2.6.11 lack steal)
/// errors  parse: no "cpu" line, a field that is not a whole number, a core number over kMaxCores
Result<ProcStat> parse_proc_stat(std::string_view text);

/// The part of the time between two readings in which a CPU was in use, 0..1.
///
/// In use is everything but idle and iowait. Stolen time counts as in use, as in psutil and htop:
/// the work was there and the machine could not have done more.
/// shape   nullopt when no time passed, or when a counter went backwards: the counters started anew
///         or are wrong. idle and iowait may step back a little (proc(5)); up to 1 s counts as
///         none.
std::optional<double> busy_ratio(const CpuTimes& before, const CpuTimes& now);

/// CPUs first to last, both included.
struct CpuRange {
  int first = 0;
  int last = 0;
  bool operator==(const CpuRange&) const = default;
};

/// Parse a cpulist such as "0-3,5\n". An empty list is valid.
/// errors  parse: not numbers, a range that runs backwards, a number over kMaxCores
Result<std::vector<CpuRange>> parse_cpu_list(std::string_view text);
int count_cpus(const std::vector<CpuRange>& ranges);

}  // namespace wakeful::collect
