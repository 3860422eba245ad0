// tests/support/brute_series.h: what store/samples.h promises about steps, worked out the slow and
// plain way from a list of reports. Used by the store in memory and by the contract tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/strings.h"
#include "store/samples.h"

namespace wakeful::test {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// The figures of one entity in a report; nullopt when it was not measured there.
inline std::optional<std::vector<model::MetricValue>> figures_in(const model::Report& report,
                                                                 model::EntityKind kind,
                                                                 const std::string& name) {
  if (kind == model::EntityKind::host) {
    if (report.metrics.empty()) return std::nullopt;
    return report.metrics;
  }
  if (kind == model::EntityKind::core) {
    const auto index = parse_integer<std::size_t>(name);
    if (!index || *index >= report.core_cpu_ratio.size()) return std::nullopt;
    return std::vector<model::MetricValue>{
        {model::Metric::core_cpu_ratio, report.core_cpu_ratio[*index]}};
  }
  if (!report.containers) return std::nullopt;
  const auto found = std::ranges::find(*report.containers, name, &model::Container::name);
  if (found == report.containers->end() || found->metrics.empty()) return std::nullopt;
  return found->metrics;
}

/// One value, NaN where there is none.
inline double value_in(std::span<const model::MetricValue> figures, model::Metric metric) {
  const double value = model::find_value(figures, metric).value_or(kMissing);
  return std::isfinite(value) ? value : kMissing;
}

/// The names of all entities of a kind in a report.
inline std::vector<std::string> entities_in(const model::Report& report, model::EntityKind kind) {
  std::vector<std::string> names;
  if (kind == model::EntityKind::host) names.emplace_back();
  if (kind == model::EntityKind::core) {
    for (std::size_t i = 0; i < report.core_cpu_ratio.size(); ++i) {
      names.push_back(std::to_string(i));
    }
  }
  if (kind == model::EntityKind::container && report.containers) {
    for (const auto& container : *report.containers) names.push_back(container.name);
  }
  return names;
}

struct Grid {
  WallTime start;
  Milliseconds step;
  std::size_t size = 0;

  WallTime at(std::size_t index) const { return start + step * static_cast<std::int64_t>(index); }
};

/// The steps that from..before lies in, on the grid that begins in 1970.
/// errors  invalid: a step or a range that is none, more than kMaxPoints
inline Result<Grid> make_grid(WallTime from, WallTime before, Milliseconds step) {
  if (step <= Milliseconds(0)) return fail(Errc::invalid, "step: expected over 0 ms");
  if (from >= before) return fail(Errc::invalid, "before: expected a time after from");
  const auto first = to_unix_ms(from) / step.count();
  const auto end = (to_unix_ms(before) + step.count() - 1) / step.count();
  const auto size = static_cast<std::size_t>(end - first);
  if (size > store::kMaxPoints) return fail(Errc::invalid, "step: too many points");
  return Grid{from_unix_ms(first * step.count()), step, size};
}

/// One line over the reports whose time is from <= time < before.
inline store::Points sum_up(std::span<const store::AcceptedReport> reports,
                            const store::SeriesKey& key, WallTime from, WallTime before,
                            const Grid& grid) {
  store::Points points;
  points.count.assign(grid.size, 0);
  points.minimum.assign(grid.size, kMissing);
  points.average.assign(grid.size, kMissing);
  points.maximum.assign(grid.size, kMissing);
  std::vector<double> sums(grid.size, 0);
  const auto kind = model::metric_info(key.metric).entity;
  for (const auto& report : reports) {
    if (report.server != key.server || report.time < from || report.time >= before) continue;
    const auto figures = figures_in(report.report, kind, key.entity_name);
    if (!figures) continue;
    const double value = value_in(*figures, key.metric);
    if (std::isnan(value)) continue;
    const auto at = static_cast<std::size_t>((report.time - grid.start) / grid.step);
    ++points.count[at];
    sums[at] += value;
    points.minimum[at] = std::fmin(points.minimum[at], value);
    points.maximum[at] = std::fmax(points.maximum[at], value);
    points.average[at] = sums[at] / points.count[at];
  }
  return points;
}

/// How much of each step the reports cover, when each stands for the time up to its interval.
inline std::vector<double> measured_ratio(std::span<const store::AcceptedReport> reports,
                                          model::ServerId server, const Grid& grid) {
  std::vector<std::pair<WallTime, WallTime>> stretches;
  for (const auto& report : reports) {
    if (report.server != server) continue;
    const auto interval = report.report.interval.value_or(Milliseconds(8'000));
    stretches.emplace_back(report.time, report.time + interval);
  }
  std::ranges::sort(stretches);
  std::vector<Milliseconds> covered(grid.size, Milliseconds(0));
  WallTime reached{};
  for (auto [begin, end] : stretches) {
    begin = std::max(begin, reached);
    if (begin >= end) continue;
    reached = end;
    for (std::size_t i = 0; i < grid.size; ++i) {
      const auto overlap = std::min(end, grid.at(i) + grid.step) - std::max(begin, grid.at(i));
      covered[i] += std::max(overlap, Milliseconds(0));
    }
  }
  std::vector<double> ratios;
  for (const auto part : covered) {
    ratios.push_back(static_cast<double>(part.count()) / static_cast<double>(grid.step.count()));
  }
  return ratios;
}

}  // namespace wakeful::test
