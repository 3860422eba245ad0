#include "model/metric.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace wakeful::model {
namespace {

constexpr MetricInfo kCatalogue[] = {
#define WAKEFUL_METRIC(number, name, entity, kind, unit, quantum, minimum, maximum, help)   \
  {Metric::name, #name, EntityKind::entity, MetricKind::kind, Unit::unit, quantum, minimum, \
   maximum,      help},
#include "model/metrics.def"
#undef WAKEFUL_METRIC
};

constexpr std::uint8_t kNone = 0xff;
static_assert(std::size(kCatalogue) < kNone);

constexpr std::size_t kNumbers = [] {
  std::size_t largest = 0;
  for (const auto& info : kCatalogue) {
    largest = std::max(largest, static_cast<std::size_t>(info.metric));
  }
  return largest + 1;
}();

/// Position in the catalogue by metric number.
constexpr auto kByNumber = [] {
  std::array<std::uint8_t, kNumbers> table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < std::size(kCatalogue); ++i) {
    table[static_cast<std::size_t>(kCatalogue[i].metric)] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

constexpr std::size_t kSlots = 256;
static_assert(std::size(kCatalogue) * 4 <= kSlots, "a fuller table probes too long");

/// A few letters tell the names apart; two names in one slot only cost one more comparison.
constexpr std::size_t slot_of(std::string_view name) {
  if (name.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  const std::size_t size = name.size();
  return (size * 7 + at(0) * 31 + at(size / 2) * 5 + at(size * 3 / 4) * 13 + at(size - 1)) % kSlots;
}

/// Position in the catalogue by name: every report has its names looked up here.
constexpr auto kByName = [] {
  std::array<std::uint8_t, kSlots> table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < std::size(kCatalogue); ++i) {
    auto slot = slot_of(kCatalogue[i].name);
    while (table[slot] != kNone) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::span<const MetricInfo> metric_catalogue() { return kCatalogue; }

const MetricInfo& metric_info(Metric metric) {
  const auto found = find_metric_number(static_cast<std::uint16_t>(metric));
  WAKEFUL_CHECK(found.has_value());
  return kCatalogue[kByNumber[static_cast<std::size_t>(*found)]];
}

std::optional<Metric> find_metric(std::string_view name) {
  for (auto slot = slot_of(name); kByName[slot] != kNone; slot = (slot + 1) % kSlots) {
    const auto& info = kCatalogue[kByName[slot]];
    if (info.name == name) return info.metric;
  }
  return std::nullopt;
}

std::optional<Metric> find_metric_number(std::uint16_t number) {
  if (number >= kNumbers || kByNumber[number] == kNone) return std::nullopt;
  return Metric{number};
}

std::string_view entity_kind_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::host:
      return "host";
    case EntityKind::container:
      return "container";
    case EntityKind::core:
      return "core";
  }
  return "host";
}

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::ratio:
      return "ratio";
    case Unit::bytes:
      return "bytes";
    case Unit::seconds:
      return "seconds";
    case Unit::count:
      return "count";
    case Unit::watts:
      return "watts";
    case Unit::load:
      return "load";
    case Unit::cores:
      return "cores";
  }
  return "count";
}

std::optional<double> find_value(std::span<const MetricValue> values, Metric metric) {
  const auto found = std::ranges::find(values, metric, &MetricValue::metric);
  if (found == values.end()) return std::nullopt;
  return found->value;
}

}  // namespace wakeful::model
