#include "store/journal_codec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "store/detail/bytes.h"

namespace wakeful::store {
namespace {

using detail::ByteReader;
using detail::put_signed;
using detail::put_text;
using detail::put_unsigned;
using model::EntityKind;
using model::Metric;
using model::MetricValue;

constexpr std::uint8_t kFiguresVersion = 1;
constexpr std::int64_t kMaxSteps = std::int64_t{1}
                                   << 50;  // so that a double holds fractions of a step
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr unsigned kGreeting = 1;
constexpr unsigned kHasClockOffset = 2;
constexpr unsigned kHasTimeText = 4;
constexpr unsigned kKnownFlags = kGreeting | kHasClockOffset | kHasTimeText;

/// Steps of a metric: value * per_unit where the quantum is below 1, else value / quantum. Decimal
/// quanta have no exact double, their inverses do.
struct Scale {
  double quantum = 0;
  double per_unit = 0;
};

constexpr std::size_t kScaleCount = [] {
  std::size_t highest = 0;
#define WAKEFUL_METRIC(number, name, entity, kind, unit, quantum, minimum, maximum, help) \
  highest = std::max(highest, std::size_t{number});
#include "model/metrics.def"
#undef WAKEFUL_METRIC
  return highest + 1;
}();

const std::array<Scale, kScaleCount>& scales() {
  static const auto kScales = [] {
    std::array<Scale, kScaleCount> made{};
    for (const auto& info : model::metric_catalogue()) {
      auto& scale = made[static_cast<std::size_t>(info.metric)];
      scale.quantum = info.quantum;
      scale.per_unit = info.quantum < 1 ? std::round(1 / info.quantum) : 0;
    }
    return made;
  }();
  return kScales;
}

/// a - b, wrapping around for times no clock shows, so that they come back as they were.
std::int64_t ms_between(WallTime a, WallTime b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to_unix_ms(a)) -
                                   static_cast<std::uint64_t>(to_unix_ms(b)));
}

std::uint64_t metric_number(Metric metric) { return static_cast<std::uint64_t>(metric); }

/// A metric's values as (number, steps) pairs in rising order of number, each once.
void put_metrics(std::span<const MetricValue> metrics, std::string& out) {
  thread_local std::vector<std::pair<std::uint64_t, std::int64_t>> pairs;
  pairs.clear();
  for (const auto& [metric, value] : metrics) {
    const auto steps = to_steps(metric, value);
    if (steps) pairs.emplace_back(metric_number(metric), *steps);
  }
  const auto by_number = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::ranges::is_sorted(pairs, by_number)) std::ranges::stable_sort(pairs, by_number);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  pairs.erase(std::unique(pairs.begin(), pairs.end(), same), pairs.end());
  put_unsigned(out, pairs.size());
  std::uint64_t before = 0;
  for (const auto& [number, steps] : pairs) {
    put_unsigned(out, number - before);
    put_signed(out, steps);
    before = number;
  }
}

template <class Handler>
void read_metrics(ByteReader& reader, const Handler& handler) {
  const auto count = reader.count(2);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number += reader.unsigned_number();
    const auto steps = reader.signed_number();
    if (reader.failed()) return;
    // A metric of a newer program is left out; it has no meaning here.
    const bool in_range = steps >= -kMaxSteps && steps <= kMaxSteps;
    if (in_range && number < kScaleCount && scales()[number].quantum > 0) {
      handler(static_cast<Metric>(number), steps);
    }
  }
}

void put_cores(std::span<const double> ratios, std::string& out) {
  put_unsigned(out, ratios.size());
  for (const double ratio : ratios) {
    const auto steps = to_steps(Metric::core_cpu_ratio, ratio);
    put_unsigned(out, steps && *steps >= 0 ? static_cast<std::uint64_t>(*steps) + 1 : 0);
  }
}

double core_ratio(std::uint64_t stored) {
  if (stored == 0 || stored > std::uint64_t{kMaxSteps} + 1) return kNone;
  return from_steps(Metric::core_cpu_ratio, static_cast<std::int64_t>(stored - 1));
}

void put_containers(const model::Report& report, std::span<const std::uint32_t> numbers,
                    std::string& out) {
  thread_local std::vector<std::pair<std::uint32_t, const model::Container*>> measured;
  measured.clear();
  if (report.containers) {
    for (std::size_t i = 0; i < report.containers->size(); ++i) {
      const auto& container = (*report.containers)[i];
      if (!container.metrics.empty()) measured.emplace_back(numbers[i], &container);
    }
  }
  // Numbers first given last: most reports are in order already.
  const auto by_number = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::ranges::is_sorted(measured, by_number)) std::ranges::stable_sort(measured, by_number);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  measured.erase(std::unique(measured.begin(), measured.end(), same), measured.end());
  put_unsigned(out, measured.size());
  std::uint32_t before = 0;
  for (const auto& [number, container] : measured) {
    put_unsigned(out, number - before);
    put_metrics(container->metrics, out);
    before = number;
  }
}

/// What stands before the values.
struct Head {
  std::uint8_t version = 0;
  unsigned flags = 0;
  std::int64_t delay_ms = 0;
  std::int64_t clock_offset_ms = 0;
  std::string_view time_text;
};

Result<Head> read_head(ByteReader& reader) {
  Head head;
  head.version = reader.byte();
  if (!reader.failed() && head.version != kFiguresVersion) {
    return fail(Errc::io, "figures: expected format 1, got " + std::to_string(head.version) +
                              "; a newer Wakeful may have written it");
  }
  head.flags = reader.byte();
  if ((head.flags & ~kKnownFlags) != 0) return fail(Errc::io, "figures: damaged: unknown flags");
  head.delay_ms = reader.signed_number();
  if ((head.flags & kHasClockOffset) != 0) head.clock_offset_ms = reader.signed_number();
  if ((head.flags & kHasTimeText) != 0) head.time_text = reader.text();
  if (reader.failed()) return fail(Errc::io, "figures: damaged: they end in their head");
  return head;
}

auto damaged() { return fail(Errc::io, "figures: damaged: they do not end where they should"); }

}  // namespace

WallTime later_by(WallTime time, Milliseconds by) {
  return from_unix_ms(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_unix_ms(time)) +
                                                static_cast<std::uint64_t>(by.count())));
}

std::optional<std::int64_t> to_steps(Metric metric, double value) {
  const auto number = static_cast<std::size_t>(metric);
  if (number >= kScaleCount) return std::nullopt;
  const auto& scale = scales()[number];
  if (!(scale.quantum > 0)) return std::nullopt;
  const double steps =
      std::round(scale.per_unit > 0 ? value * scale.per_unit : value / scale.quantum);
  if (!(std::abs(steps) <= static_cast<double>(kMaxSteps))) return std::nullopt;  // also NaN
  return static_cast<std::int64_t>(steps);
}

double from_steps(Metric metric, std::int64_t steps) {
  const auto& scale = scales()[static_cast<std::size_t>(metric)];
  const auto count = static_cast<double>(steps);
  return scale.per_unit > 0 ? count / scale.per_unit : count * scale.quantum;
}

void encode_figures(const AcceptedReport& accepted,
                    std::span<const std::uint32_t> container_numbers, std::string& out) {
  const auto& report = accepted.report;
  unsigned flags = 0;
  if (report.greeting) flags |= kGreeting;
  if (report.time) flags |= kHasClockOffset;
  if (!report.time_text.empty()) flags |= kHasTimeText;
  out.push_back(static_cast<char>(kFiguresVersion));
  out.push_back(static_cast<char>(flags));
  put_signed(out, ms_between(accepted.received, accepted.time));
  if (report.time) put_signed(out, ms_between(*report.time, accepted.time));
  if (!report.time_text.empty()) put_text(out, report.time_text);
  put_metrics(report.metrics, out);
  put_cores(report.core_cpu_ratio, out);
  put_containers(report, container_numbers, out);
}

Result<Figures> decode_figures(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto head = read_head(reader);
  if (!head) return fail(head.error());
  Figures figures;
  figures.delay = Milliseconds(head->delay_ms);
  if ((head->flags & kHasClockOffset) != 0) {
    figures.agent_clock_offset = Milliseconds(head->clock_offset_ms);
  }
  figures.time_text = head->time_text;
  figures.greeting = (head->flags & kGreeting) != 0;
  read_metrics(reader, [&](Metric metric, std::int64_t steps) {
    figures.host.push_back({metric, from_steps(metric, steps)});
  });
  const auto cores = reader.count(1);
  figures.core_cpu_ratio.reserve(cores);
  for (std::size_t i = 0; i < cores; ++i) {
    figures.core_cpu_ratio.push_back(core_ratio(reader.unsigned_number()));
  }
  const auto containers = reader.count(2);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < containers && !reader.failed(); ++i) {
    number += reader.unsigned_number();
    if (number > std::numeric_limits<std::uint32_t>::max()) return damaged();
    auto& container = figures.containers.emplace_back();
    container.number = static_cast<std::uint32_t>(number);
    read_metrics(reader, [&](Metric metric, std::int64_t steps) {
      container.metrics.push_back({metric, from_steps(metric, steps)});
    });
  }
  if (reader.failed() || !reader.at_end()) return damaged();
  return figures;
}

Result<bool> read_entity(std::string_view bytes, EntityKind kind, std::uint32_t number,
                         std::span<const Metric> metrics, std::span<double> values) {
  std::ranges::fill(values, kNone);
  ByteReader reader(bytes);
  const auto head = read_head(reader);
  if (!head) return fail(head.error());
  bool measured = false;
  const auto take = [&](Metric metric, std::int64_t steps) {
    measured = true;
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (metrics[i] == metric) values[i] = from_steps(metric, steps);
    }
  };
  const auto skip = [](Metric, std::int64_t) {};
  if (kind == EntityKind::host) {
    read_metrics(reader, take);
    if (reader.failed()) return damaged();
    return measured;
  }
  read_metrics(reader, skip);
  const auto cores = reader.count(1);
  for (std::size_t i = 0; i < cores; ++i) {
    const auto stored = reader.unsigned_number();
    if (kind != EntityKind::core || i != number) continue;
    measured = true;
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      if (metrics[m] == Metric::core_cpu_ratio) values[m] = core_ratio(stored);
    }
  }
  if (reader.failed()) return damaged();
  if (kind == EntityKind::core) return measured;
  const auto containers = reader.count(2);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < containers && !reader.failed(); ++i) {
    at += reader.unsigned_number();
    if (at > number) break;
    if (at == number) {
      read_metrics(reader, take);
      break;
    }
    read_metrics(reader, skip);
  }
  if (reader.failed()) return damaged();
  return measured;
}

}  // namespace wakeful::store
