// collect/cpu.cc: CPU time used by the host, all CPUs together and each one.
//
// Source: /proc/stat and /sys/devices/system/cpu/present. Cost: two reads; the kernel sums the
// counters of all CPUs. Privileges: none. The first call has no ratio: it needs two readings.
#include <algorithm>
#include <limits>

#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/values.h"
#include "collect/proc_stat.h"

namespace wakeful::collect {
namespace {

class CpuCollector final : public Collector {
 public:
  explicit CpuCollector(const Context& context)
      : stat_path_((context.proc_root / "stat").string()),
        present_path_((context.sys_root / "devices/system/cpu/present").string()) {}

  Result<void> collect(model::Report& report) override {
    const auto text = reader_.read(stat_path_);
    if (!text) return fail(text.error());
    auto stat = parse_proc_stat(*text);
    if (!stat) return fail(std::move(stat.error()).with_context(stat_path_));
    if (before_) {
      if (const auto ratio = busy_ratio(before_->all, stat->all)) {
        detail::add_value(report.metrics, model::Metric::host_cpu_ratio, *ratio);
      }
      report.core_cpu_ratio = core_ratios(*stat);
    }
    before_ = std::move(*stat);
    return {};
  }

 private:
  /// One entry per CPU up to the highest number that is plugged in; what is not online is NaN.
  std::vector<double> core_ratios(const ProcStat& now) {
    std::size_t count = present_count();
    for (const auto& core : now.cores) {
      count = std::max(count, static_cast<std::size_t>(core.number) + 1);
    }
    std::vector<double> ratios(count, std::numeric_limits<double>::quiet_NaN());
    auto hint = before_->cores.cbegin();
    for (const auto& core : now.cores) {
      const CoreTimes* old = find_before(core.number, hint);
      if (old == nullptr) continue;
      if (const auto ratio = busy_ratio(old->times, core.times)) {
        ratios[static_cast<std::size_t>(core.number)] = *ratio;
      }
    }
    return ratios;
  }

  /// Both lists are in the kernel's order, so the entry looked for is nearly always the next one.
  const CoreTimes* find_before(int number, std::vector<CoreTimes>::const_iterator& hint) const {
    const auto& cores = before_->cores;
    auto found = std::ranges::find(hint, cores.cend(), number, &CoreTimes::number);
    if (found == cores.cend()) {
      found = std::ranges::find(cores, number, &CoreTimes::number);
      if (found == cores.cend()) return nullptr;
    }
    hint = found + 1;
    return &*found;
  }

  std::size_t present_count() {
    const auto text = reader_.read(present_path_);
    if (!text) return 0;
    const auto ranges = parse_cpu_list(*text);
    if (!ranges || ranges->empty()) return 0;
    return static_cast<std::size_t>(ranges->back().last) + 1;
  }

  std::string stat_path_;
  std::string present_path_;
  detail::FileReader reader_{std::size_t{8} << 20};
  std::optional<ProcStat> before_;
};

}  // namespace

Result<std::unique_ptr<Collector>> make_cpu(const Context& context) {
  return std::make_unique<CpuCollector>(context);
}

}  // namespace wakeful::collect
