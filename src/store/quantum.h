// store/quantum.h: values as whole numbers of their metric's quantum, as the store keeps them. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "model/metric.h"

namespace wakeful::store {

/// A value in steps of its metric's quantum, or nullopt where it cannot be kept (not finite, or
/// beyond 2^50 steps).
std::optional<std::int64_t> to_steps(model::Metric metric, double value);
/// The value of so many steps: the double nearest to it, so to_steps gives the steps back.
double from_steps(model::Metric metric, std::int64_t steps);

}  // namespace wakeful::store
