#include "collect/proc_stat.h"

#include "base/strings.h"
#include "collect/detail/values.h"

namespace wakeful::collect {
namespace {

constexpr std::uint64_t kStepBackTicks = 100;

Result<CpuTimes> parse_times(std::string_view fields) {
  CpuTimes times;
  std::uint64_t* const targets[] = {&times.user,   &times.nice, &times.system,  &times.idle,
                                    &times.iowait, &times.irq,  &times.softirq, &times.steal};
  int count = 0;
  for (std::uint64_t* target : targets) {
    const auto word = next_word(fields);
    if (word.empty()) break;
    const auto value = parse_integer<std::uint64_t>(word);
    if (!value) return fail(detail::unexpected("cpu line", "whole numbers", word));
    *target = *value;
    ++count;
  }
  if (count < 4) {
    return fail(detail::unexpected("cpu line", "user, nice, system and idle time",
                                   std::to_string(count) + " fields"));
  }
  return times;
}

/// How far a counter went, or nullopt when it went back by more than slack.
std::optional<double> step(std::uint64_t before, std::uint64_t now, std::uint64_t slack = 0) {
  if (now >= before) return static_cast<double>(now - before);
  if (before - now <= slack) return 0.0;
  return std::nullopt;
}

}  // namespace

Result<ProcStat> parse_proc_stat(std::string_view text) {
  ProcStat stat;
  bool found_all = false;
  while (const auto line = next_line(text)) {
    std::string_view fields = *line;
    std::string_view name = next_word(fields);
    if (!name.starts_with("cpu")) continue;
    auto times = parse_times(fields);
    if (!times) return fail(std::move(times.error()));
    name.remove_prefix(3);
    if (name.empty()) {
      stat.all = *times;
      found_all = true;
      continue;
    }
    const auto number = parse_integer<int>(name);
    if (!number || *number < 0 || *number >= kMaxCores) {
      return fail(detail::unexpected("cpu line", "a CPU number below 8192", name));
    }
    stat.cores.push_back({*number, *times});
  }
  if (!found_all) return fail(Errc::parse, "expected a line \"cpu …\", found none");
  return stat;
}

std::optional<double> busy_ratio(const CpuTimes& before, const CpuTimes& now) {
  const std::optional<double> busy_steps[] = {
      step(before.user, now.user),       step(before.nice, now.nice),
      step(before.system, now.system),   step(before.irq, now.irq),
      step(before.softirq, now.softirq), step(before.steal, now.steal)};
  const auto idle = step(before.idle, now.idle, kStepBackTicks);
  const auto iowait = step(before.iowait, now.iowait, kStepBackTicks);
  if (!idle || !iowait) return std::nullopt;
  double busy = 0;
  for (const auto& one : busy_steps) {
    if (!one) return std::nullopt;
    busy += *one;
  }
  const double total = busy + *idle + *iowait;
  if (total <= 0) return std::nullopt;
  return busy / total;
}

Result<std::vector<CpuRange>> parse_cpu_list(std::string_view text) {
  std::vector<CpuRange> ranges;
  text = trim(text);
  if (text.empty()) return ranges;
  for (const auto piece : split(text, ',')) {
    const auto dash = piece.find('-');
    const auto first = parse_integer<int>(piece.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_integer<int>(piece.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= kMaxCores) {
      return fail(
          detail::unexpected("CPU list", "numbers and ranges such as 0-3,5 below 8192", piece));
    }
    ranges.push_back({*first, *last});
  }
  return ranges;
}

int count_cpus(const std::vector<CpuRange>& ranges) {
  int count = 0;
  for (const auto& range : ranges) count += range.last - range.first + 1;
  return count;
}

}  // namespace wakeful::collect
