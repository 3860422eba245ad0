#include "api/coverage_split.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace wakeful::api {
namespace {

using Stretch = std::pair<WallTime, WallTime>;

/// When the server was in a planned state, newest first.
std::vector<Stretch> planned_stretches(std::span<const model::ServerEvent> events,
                                       std::span<const model::ServerState> planned,
                                       WallTime created, WallTime now) {
  const auto is_planned = [&](std::optional<model::ServerState> state) {
    return state && std::ranges::find(planned, *state) != planned.end();
  };
  std::vector<Stretch> stretches;
  WallTime end = now;
  std::optional<model::ServerState> before;
  for (const auto& event : events) {
    if (event.kind != model::EventKind::state_changed) continue;
    if (is_planned(event.to) && event.time < end) stretches.emplace_back(event.time, end);
    end = event.time;
    before = event.from;
  }
  // What it was in before the oldest change that is known.
  if (is_planned(before) && created < end) stretches.emplace_back(created, end);
  return stretches;
}

Milliseconds overlap(const Stretch& a, const Stretch& b) {
  return std::max(std::min(a.second, b.second) - std::max(a.first, b.first), Milliseconds(0));
}

}  // namespace

CoverageSplit split_coverage(const store::Coverage& coverage,
                             std::span<const model::ServerEvent> events,
                             std::span<const model::ServerState> planned, WallTime created,
                             WallTime now) {
  const auto stretches = planned_stretches(events, planned, created, now);
  const auto ratio = [&](Milliseconds part) {
    return static_cast<double>(part.count()) / static_cast<double>(coverage.step.count());
  };
  CoverageSplit split;
  for (std::size_t i = 0; i < coverage.measured_ratio.size(); ++i) {
    const WallTime begin = coverage.start + coverage.step * static_cast<std::int64_t>(i);
    const Stretch step(begin, begin + coverage.step);
    const double measured = std::clamp(coverage.measured_ratio[i], 0.0, 1.0);
    const double existed = ratio(overlap(step, {created, now}));
    if (existed == 0 && measured == 0) {
      for (auto* const column : {&split.measured, &split.asleep, &split.lost}) {
        column->push_back(std::numeric_limits<double>::quiet_NaN());
      }
      continue;
    }
    Milliseconds away{0};
    for (const auto& stretch : stretches) away += overlap(step, stretch);
    // A machine that reports while it is meant to sleep is measured.
    const double asleep = std::clamp(std::min(ratio(away), existed - measured), 0.0, 1.0);
    split.measured.push_back(measured);
    split.asleep.push_back(asleep);
    split.lost.push_back(std::max(existed - measured - asleep, 0.0));
  }
  return split;
}

}  // namespace wakeful::api
