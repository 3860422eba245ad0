#include "model/metric.h"

#include <algorithm>

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

}  // namespace

std::span<const MetricInfo> metric_catalogue() { return kCatalogue; }

const MetricInfo& metric_info(Metric metric) {
  const auto* found = std::ranges::find(kCatalogue, metric, &MetricInfo::metric);
  WAKEFUL_CHECK(found != std::end(kCatalogue));
  return *found;
}

std::optional<Metric> find_metric(std::string_view name) {
  const auto* found = std::ranges::find(kCatalogue, name, &MetricInfo::name);
  if (found == std::end(kCatalogue)) return std::nullopt;
  return found->metric;
}

std::optional<Metric> find_metric_number(std::uint16_t number) {
  const auto* found = std::ranges::find(kCatalogue, Metric{number}, &MetricInfo::metric);
  if (found == std::end(kCatalogue)) return std::nullopt;
  return found->metric;
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
