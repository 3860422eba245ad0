// From values to numbers: missing ones out, a transform that makes the rest small, and their
// histogram.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "store/detail/block_plan.h"

namespace wakeful::store::detail {
namespace {

using Numbers = std::vector<std::uint64_t>;

/// Values without the missing ones, as unsigned: all arithmetic wraps, and unwraps the same.
Numbers drop_missing(std::span<const std::int64_t> values, Numbers& runs) {
  Numbers dense;
  dense.reserve(values.size());
  bool present = true;
  std::uint64_t run = 0;
  for (const auto value : values) {
    if ((value != kMissing) != present) {
      runs.push_back(std::exchange(run, 0));
      present = !present;
    }
    ++run;
    if (present) dense.push_back(static_cast<std::uint64_t>(value));
  }
  if (!runs.empty() || !present) runs.push_back(run);
  return dense;
}

/// What decides the transform, from one pass over the values.
struct Survey {
  std::int64_t smallest = 0;
  std::uint64_t range = 0;
  std::int64_t least_step = 0;
  std::uint64_t unit = 1;
  double offset_sum = 0;  ///< of the numbers that each transform would give
  double delta_sum = 0;
  double second_sum = 0;
  double rise_sum = 0;
};

std::uint64_t magnitude(std::uint64_t step) { return step >> 63 ? 0 - step : step; }

Survey survey(const Numbers& values) {
  Survey s;
  std::int64_t largest = static_cast<std::int64_t>(values[0]);
  s.smallest = largest;
  s.least_step = std::numeric_limits<std::int64_t>::max();
  std::uint64_t unit = 0;
  std::uint64_t last_step = 0;
  double value_sum = 0;
  double step_sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto value = static_cast<std::int64_t>(values[i]);
    const std::uint64_t step = values[i] - values[i - 1];
    largest = std::max(largest, value);
    s.smallest = std::min(s.smallest, value);
    s.least_step = std::min(s.least_step, static_cast<std::int64_t>(step));
    const auto size = magnitude(step);
    if (unit != 1 && size != 0 && (unit == 0 || size % unit != 0)) unit = std::gcd(unit, size);
    value_sum += static_cast<double>(value);
    step_sum += static_cast<double>(static_cast<std::int64_t>(step));
    s.delta_sum += static_cast<double>(size);
    s.second_sum += static_cast<double>(magnitude(step - last_step));
    last_step = step;
  }
  const auto count = static_cast<double>(values.size() - 1);
  s.range = static_cast<std::uint64_t>(largest) - static_cast<std::uint64_t>(s.smallest);
  s.offset_sum = value_sum - static_cast<double>(s.smallest) * count;
  s.delta_sum *= 2;
  s.second_sum *= 2;
  s.rise_sum = step_sum - static_cast<double>(s.least_step) * count;
  // Beyond this a sum of steps may wrap, and what wraps is no multiple.
  if (s.range < std::uint64_t{1} << 62) s.unit = unit;
  return s;
}

void make_numbers(const Numbers& values, Transform transform, const Survey& s, Numbers& out) {
  const std::uint64_t unit = s.unit;
  const auto scaled = [&](std::uint64_t number) { return unit == 1 ? number : number / unit; };
  const auto scaled_step = [&](std::uint64_t step) {
    if (unit == 1) return zigzag(step);
    return zigzag(static_cast<std::uint64_t>(static_cast<std::int64_t>(step) /
                                             static_cast<std::int64_t>(unit)));
  };
  if (transform == Transform::offset) {
    const auto smallest = static_cast<std::uint64_t>(s.smallest);
    out.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = scaled(values[i] - smallest);
    return;
  }
  const auto least = static_cast<std::uint64_t>(s.least_step);
  out.resize(values.size() - 1);
  std::uint64_t last = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::uint64_t step = values[i] - values[i - 1];
    if (transform == Transform::delta) {
      out[i - 1] = scaled_step(step);
    } else if (transform == Transform::rise) {
      out[i - 1] = scaled(step - least);
    } else {
      out[i - 1] = scaled_step(step - last);
      last = step;
    }
  }
}

/// The finest histogram that every cut is a coarsening of.
std::vector<NumberBin> make_bins(const Numbers& numbers) {
  constexpr Cut kFinest{0, kMaxMantissa};
  static thread_local std::array<std::uint32_t, 62 << kMaxMantissa> counts{};
  unsigned highest = 0;
  for (const auto number : numbers) {
    const unsigned token = token_of(number, kFinest).token;
    ++counts[token];
    highest = std::max(highest, token);
  }
  std::vector<NumberBin> bins;
  for (unsigned token = 0; token <= highest; ++token) {
    if (counts[token] == 0) continue;
    bins.push_back({range_of(token, kFinest).first, std::exchange(counts[token], 0)});
  }
  return bins;
}

double rough_bits(std::span<const NumberBin> bins) {
  const unsigned shift = natural_shift(bins);
  double best = added_bits(bins, {shift, 2}, {});
  if (shift > 0) best = std::min(best, added_bits(bins, {0, 2}, {}));
  return best;
}

}  // namespace

ColumnPlan plan_column(std::span<const std::int64_t> values) {
  ColumnPlan plan;
  const Numbers dense = drop_missing(values, plan.runs);
  if (dense.empty()) return plan;
  plan.base = dense[0];
  if (std::ranges::all_of(dense, [&](auto value) { return value == dense[0]; })) return plan;
  plan.constant = false;
  const Survey s = survey(dense);
  plan.unit = s.unit;
  plan.least = static_cast<std::uint64_t>(s.least_step);
  // Sums rule out what cannot win; among the rest the histograms decide.
  double best_bits = 0;
  Numbers numbers;
  const auto consider = [&](Transform transform) {
    make_numbers(dense, transform, s, numbers);
    auto bins = make_bins(numbers);
    const double bits = rough_bits(bins) + (transform == Transform::rise ? 24 : 0);
    if (!plan.numbers.empty() && bits >= best_bits) return;
    best_bits = bits;
    plan.transform = transform;
    plan.bins = std::move(bins);
    plan.numbers.swap(numbers);
  };
  consider(Transform::delta);
  if (s.offset_sum <= 2 * s.delta_sum) consider(Transform::offset);
  if (s.second_sum <= 1.3 * s.delta_sum) consider(Transform::delta_of_delta);
  if (s.rise_sum <= 0.5 * s.delta_sum) consider(Transform::rise);
  if (plan.transform == Transform::offset) plan.base = static_cast<std::uint64_t>(s.smallest);
  return plan;
}

}  // namespace wakeful::store::detail
