// Every parser of a text file of /proc, /sys, cgroup and /etc, with the same bytes.
#include <cmath>

#include "collect/cgroup_files.h"
#include "collect/loadavg.h"
#include "collect/meminfo.h"
#include "collect/os_release.h"
#include "collect/proc_stat.h"
#include "fuzz/fuzz.h"

namespace wakeful {
namespace {

template <class T>
void check_error(const Result<T>& result) {
  if (!result) check_message(result.error().message);
}

void host_files(std::string_view text) {
  const auto stat = collect::parse_proc_stat(text);
  check_error(stat);
  if (stat) {
    const auto ratio = collect::busy_ratio({}, stat->all);
    if (ratio) WAKEFUL_CHECK(*ratio >= 0 && *ratio <= 1);
  }
  check_error(collect::parse_cpu_list(text));
  const auto memory = collect::parse_meminfo(text);
  check_error(memory);
  if (memory) static_cast<void>(collect::available_bytes(*memory));
  const auto load = collect::parse_loadavg(text);
  check_error(load);
  if (load) WAKEFUL_CHECK(std::isfinite(load->load1) && load->load1 >= 0);
  const auto uptime = collect::parse_uptime(text);
  check_error(uptime);
  if (uptime) WAKEFUL_CHECK(std::isfinite(*uptime) && *uptime >= 0);
  static_cast<void>(collect::parse_os_release(text));
  static_cast<void>(collect::parse_boot_id(text));
}

void cgroup_files(std::string_view text) {
  check_error(collect::parse_proc_cgroup(text));
  static_cast<void>(collect::parse_cgroup_mounts(text));
  check_error(collect::find_flat_key(text, "usage_usec"));
  check_error(collect::parse_single_number(text));
  check_error(collect::parse_memory_limit(text));
  const auto limit = collect::parse_cpu_max(text);
  check_error(limit);
  if (limit && *limit) WAKEFUL_CHECK(std::isfinite(**limit) && **limit > 0);
  const auto half = text.size() / 2;
  const auto old_limit = collect::parse_cfs_limit(text.substr(0, half), text.substr(half));
  check_error(old_limit);
  if (old_limit && *old_limit) WAKEFUL_CHECK(std::isfinite(**old_limit) && **old_limit > 0);
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = wakeful::text_of(data, size);
  wakeful::host_files(text);
  wakeful::cgroup_files(text);
  return 0;
}
