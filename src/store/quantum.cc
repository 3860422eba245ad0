#include "store/quantum.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wakeful::store {
namespace {

using model::Metric;

constexpr std::int64_t kMaxSteps = std::int64_t{1}
                                   << 50;  // so that a double holds fractions of a step

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

}  // namespace

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

}  // namespace wakeful::store
