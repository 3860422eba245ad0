#include "store/detail/rollup.h"

#include <algorithm>
#include <map>

#include "store/detail/pack.h"

namespace wakeful::store::detail {
namespace {

std::int64_t floor_to(std::int64_t time_ms, std::int64_t step_ms) {
  return time_ms - time_ms % step_ms;
}

/// The periods' beginnings that have a sample, rising.
std::vector<std::int64_t> periods_of(const std::vector<Block>& blocks, std::int64_t step_ms) {
  std::vector<std::int64_t> periods;
  for (const auto& block : blocks) {
    for (const auto time : block.times_ms) {
      const auto period = floor_to(time, step_ms);
      if (periods.empty() || periods.back() != period) periods.push_back(period);
    }
  }
  return periods;
}

/// One metric of one entity: a summary per period.
struct Line {
  std::vector<Summary> periods;
};

class RollUp {
 public:
  RollUp(const std::vector<Block>& blocks, std::int64_t step_ms)
      : blocks_(blocks), step_ms_(step_ms) {
    result_.times_ms = periods_of(blocks, step_ms);
  }

  Block run() {
    std::size_t first_period = 0;
    for (const auto& block : blocks_) add(block, first_period);
    for (const auto& [key, line] : lines_) put(key.first, key.second, line);
    return std::move(result_);
  }

 private:
  using Key = std::pair<std::uint64_t, std::uint16_t>;

  void add(const Block& block, std::size_t& period) {
    // Each sample's place among the periods; blocks follow one another.
    std::vector<std::size_t> places(block.times_ms.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto begin = floor_to(block.times_ms[i], step_ms_);
      while (result_.times_ms[period] != begin) ++period;
      places[i] = period;
    }
    for (const auto& column : block.columns) {
      auto& line = lines_[Key{column.entity, column.metric}];
      line.periods.resize(result_.times_ms.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (column.values[i] != kMissing) line.periods[places[i]].add(column.values[i]);
      }
    }
  }

  void put(std::uint64_t entity, std::uint16_t metric, const Line& line) {
    const auto column = [&](Stat stat, auto&& value) {
      BlockColumn made{entity, stat_metric(metric, stat), {}};
      made.values.reserve(line.periods.size());
      for (const auto& period : line.periods)
        made.values.push_back(period.count == 0 ? kMissing : value(period));
      result_.columns.push_back(std::move(made));
    };
    column(Stat::count, [](const Summary& of) { return of.count; });
    column(Stat::minimum, [](const Summary& of) { return of.minimum; });
    column(Stat::maximum, [](const Summary& of) { return of.maximum; });
    column(Stat::sum, [](const Summary& of) { return of.sum; });
  }

  const std::vector<Block>& blocks_;
  const std::int64_t step_ms_;
  Block result_;
  std::map<Key, Line> lines_;
};

}  // namespace

std::int64_t tier_step_ms(Tier tier) {
  switch (tier) {
    case Tier::raw:
      return 1;
    case Tier::minutes:
      return kMinuteMs;
    case Tier::hours:
      return kHourMs;
  }
  return 1;
}

std::int64_t usual_interval_ms(const std::vector<std::int64_t>& times_ms) {
  if (times_ms.size() < 2) return 0;
  std::vector<std::int64_t> gaps(times_ms.size() - 1);
  for (std::size_t i = 0; i < gaps.size(); ++i) gaps[i] = times_ms[i + 1] - times_ms[i];
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::ranges::nth_element(gaps, middle);
  return *middle;
}

Block roll_up(const std::vector<Block>& blocks, Tier tier) {
  return RollUp(blocks, tier_step_ms(tier)).run();
}

void add_measured(const std::vector<Block>& blocks, Tier tier, Block& rolled_up) {
  std::vector<std::int64_t> times;
  for (const auto& block : blocks)
    times.insert(times.end(), block.times_ms.begin(), block.times_ms.end());
  const auto step = tier_step_ms(tier);
  std::map<std::int64_t, std::int64_t> measured;
  visit_measured(times, usual_interval_ms(times), [&](std::int64_t first, std::int64_t end) {
    while (first < end) {
      const auto period = floor_to(first, step);
      const auto until = std::min(end, period + step);
      measured[period] += until - first;
      first = until;
    }
  });
  BlockColumn column{0, stat_metric(kMeasuredMs, Stat::sum), {}};
  for (const auto period : rolled_up.times_ms) column.values.push_back(measured[period]);
  rolled_up.columns.insert(rolled_up.columns.begin(), std::move(column));
}

}  // namespace wakeful::store::detail
