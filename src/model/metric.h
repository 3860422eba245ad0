// model/metric.h: the catalogue of every metric, generated from metrics.def.
//
// Used by everything: the wire, the store (numbers and quanta), the API, the charts and the docs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wakeful::model {

/// What a metric is measured of. Numbers are stored on disk.
enum class EntityKind : std::uint8_t { host = 1, container = 2, core = 3 };
enum class MetricKind : std::uint8_t { gauge, counter };
enum class Unit : std::uint8_t { ratio, bytes, seconds, count, watts, load, cores };

enum class Metric : std::uint16_t {
#define WAKEFUL_METRIC(number, name, entity, kind, unit, quantum, minimum, maximum, help) \
  name = number,
#include "model/metrics.def"
#undef WAKEFUL_METRIC
};

struct MetricInfo {
  Metric metric;
  std::string_view name;
  EntityKind entity;
  MetricKind kind;
  Unit unit;
  double quantum;
  double minimum;
  double maximum;
  std::string_view help;
};

/// All metrics in the order of their numbers.
std::span<const MetricInfo> metric_catalogue();
/// The catalogue's row of a metric.
const MetricInfo& metric_info(Metric metric);
/// By name; nullopt for a name the catalogue does not have.
std::optional<Metric> find_metric(std::string_view name);
/// By stored number; nullopt for a number the catalogue does not have.
std::optional<Metric> find_metric_number(std::uint16_t number);

std::string_view entity_kind_name(EntityKind kind);
std::string_view unit_name(Unit unit);

/// One measured value. Absent values are absent from the list, never 0 or NaN.
struct MetricValue {
  Metric metric;
  double value;
  bool operator==(const MetricValue&) const = default;
};

/// The value of a metric in a list, or nullopt.
std::optional<double> find_value(std::span<const MetricValue> values, Metric metric);

}  // namespace wakeful::model
