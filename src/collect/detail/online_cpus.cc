#include "collect/detail/online_cpus.h"

#include "collect/proc_stat.h"

namespace wakeful::collect::detail {

std::int64_t count_online_cpus(const Context& context, FileReader& reader) {
  if (const auto text = reader.read((context.sys_root / "devices/system/cpu/online").string())) {
    const auto ranges = parse_cpu_list(*text);
    if (ranges && !ranges->empty()) return count_cpus(*ranges);
  }
  if (const auto text = reader.read((context.proc_root / "stat").string())) {
    if (const auto stat = parse_proc_stat(*text)) {
      return static_cast<std::int64_t>(stat->cores.size());
    }
  }
  return 0;
}

}  // namespace wakeful::collect::detail
