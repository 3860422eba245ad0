// store/detail/rollup.h: many samples as count, minimum, maximum and sum of each minute or hour.
//
// Roll-ups are blocks too: a row per period (its time is the period's beginning) and, for each
// metric, four columns, told apart by the two highest bits of the metric's number. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "store/block_codec.h"
#include "store/samples.h"

namespace wakeful::store::detail {

enum class Stat : std::uint16_t { count = 0, minimum = 1, maximum = 2, sum = 3 };

constexpr std::uint16_t stat_metric(std::uint16_t metric, Stat stat) {
  return static_cast<std::uint16_t>(metric | static_cast<std::uint16_t>(stat) << 14);
}
constexpr std::uint16_t metric_of_stat(std::uint16_t stored) { return stored & 0x3fff; }
constexpr Stat stat_of(std::uint16_t stored) { return static_cast<Stat>(stored >> 14); }

/// Not a metric: how many milliseconds of the period were measured, kept of the host (entity 0).
inline constexpr std::uint16_t kMeasuredMs = 0;

struct Summary {
  std::int64_t count = 0;
  std::int64_t minimum = std::numeric_limits<std::int64_t>::max();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::min();
  std::int64_t sum = 0;

  void add(std::int64_t value) {
    ++count;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    sum += value;
  }
  void add(const Summary& other) {
    count += other.count;
    if (other.minimum < minimum) minimum = other.minimum;
    if (other.maximum > maximum) maximum = other.maximum;
    sum += other.sum;
  }
};

/// The length of a tier's period in milliseconds; 1 for raw.
std::int64_t tier_step_ms(Tier tier);

/// Roll a day's raw samples up. blocks: raw ones of one server and kind, in the order of time, none
/// overlapping. shape  one block; without times where blocks have none
Block roll_up(const std::vector<Block>& blocks, Tier tier);

/// Add the column of kMeasuredMs to the roll-up of a host's blocks.
void add_measured(const std::vector<Block>& blocks, Tier tier, Block& rolled_up);

/// The stretches of time that samples stand for: from each to the next one where that is at most
/// three usual intervals away, else one interval. Calls visit(first_ms, end_ms) in order, none
/// overlapping.
template <class Visit>
void visit_measured(const std::vector<std::int64_t>& times_ms, std::int64_t interval_ms,
                    const Visit& visit) {
  for (std::size_t i = 0; i < times_ms.size(); ++i) {
    const auto first = times_ms[i];
    auto end = first + interval_ms;
    if (i + 1 < times_ms.size()) {
      const auto gap = times_ms[i + 1] - first;
      end = first + (gap <= 3 * interval_ms ? gap : interval_ms);
    }
    if (end > first) visit(first, end);
  }
}

/// The usual distance of rising times: their median. A single one has 0.
std::int64_t usual_interval_ms(const std::vector<std::int64_t>& times_ms);

}  // namespace wakeful::store::detail
