#include "store/detail/block_builder.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace wakeful::store::detail {
namespace {

// A block is unpacked whole into memory at times: 2 Mi values are 16 MiB.
constexpr std::size_t kValuesOfABlock = std::size_t{1} << 21;

std::size_t kind_index(model::EntityKind kind) {
  const auto at = std::ranges::find(kBlockKinds, kind);
  return static_cast<std::size_t>(at - kBlockKinds.begin());
}

/// The rows from first to end (exclusive), in one block or, where there are too many columns, in
/// several: an entity's columns stay together.
void slice(const Block& block, std::size_t first, std::size_t end, std::vector<Block>& parts) {
  const auto cut = [&](const std::vector<std::int64_t>& from) {
    return std::vector(from.begin() + static_cast<std::ptrdiff_t>(first),
                       from.begin() + static_cast<std::ptrdiff_t>(end));
  };
  parts.push_back({cut(block.times_ms), {}});
  for (auto of = block.columns.begin(); of != block.columns.end();) {
    const auto next = std::find_if(of, block.columns.end(), [&](const BlockColumn& column) {
      return column.entity != of->entity;
    });
    if (parts.back().columns.size() + static_cast<std::size_t>(next - of) > kMaxBlockColumns)
      parts.push_back({cut(block.times_ms), {}});
    for (; of != next; ++of) {
      auto values = cut(of->values);
      const bool any = std::ranges::any_of(values, [](auto value) { return value != kMissing; });
      if (any) parts.back().columns.push_back({of->entity, of->metric, std::move(values)});
    }
  }
}

}  // namespace

std::size_t BlockBuilder::column(std::uint64_t entity, std::uint16_t metric) {
  const auto [at, is_new] = index_.emplace(entity << 16 | metric, block_.columns.size());
  if (is_new) block_.columns.push_back({entity, metric, {}});
  return at->second;
}

void BlockBuilder::add(std::size_t column, std::int64_t value) {
  auto& values = block_.columns[column].values;
  const auto row = block_.times_ms.size() - 1;
  if (values.size() > row) return;
  values.resize(row, kMissing);
  values.push_back(value);
}

void BlockBuilder::add_block(const Block& block) {
  const auto before = block_.times_ms.size();
  block_.times_ms.insert(block_.times_ms.end(), block.times_ms.begin(), block.times_ms.end());
  for (const auto& from : block.columns) {
    auto& values = block_.columns[column(from.entity, from.metric)].values;
    values.resize(before, kMissing);
    values.insert(values.end(), from.values.begin(), from.values.end());
  }
}

/// Bring the samples into the order of time. Of several with one time the first value of each column
/// stays: they are the same ones twice, or blocks of other columns.
void BlockBuilder::order() {
  auto& times = block_.times_ms;
  const auto not_rising = [](auto a, auto b) { return a >= b; };
  if (std::ranges::adjacent_find(times, not_rising) == times.end()) return;
  std::vector<std::uint32_t> rows(times.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::ranges::stable_sort(rows, {}, [&](auto row) { return times[row]; });
  std::vector<std::int64_t> ordered;
  for (auto& column : block_.columns) {
    std::vector<std::int64_t> picked;
    picked.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto value = column.values[rows[i]];
      const bool repeated = i > 0 && times[rows[i]] == times[rows[i - 1]];
      if (!repeated) {
        picked.push_back(value);
      } else if (picked.back() == kMissing) {
        picked.back() = value;
      }
    }
    column.values = std::move(picked);
  }
  for (const auto row : rows) {
    if (ordered.empty() || ordered.back() != times[row]) ordered.push_back(times[row]);
  }
  times = std::move(ordered);
}

Block BlockBuilder::take_whole() {
  for (auto& column : block_.columns) column.values.resize(block_.times_ms.size(), kMissing);
  order();
  index_.clear();
  return std::exchange(block_, {});
}

std::vector<Block> BlockBuilder::take() { return split_up(take_whole()); }

std::vector<Block> split_up(Block whole) {
  std::ranges::sort(whole.columns, {}, [](const BlockColumn& column) {
    return std::pair(column.entity, column.metric);
  });
  const auto samples = whole.times_ms.size();
  const auto columns = whole.columns.size() + 1;
  const auto at_once = std::clamp(kValuesOfABlock / columns, std::size_t{1}, kMaxBlockSamples);
  std::vector<Block> blocks;
  for (std::size_t first = 0; first < samples; first += at_once)
    slice(whole, first, std::min(first + at_once, samples), blocks);
  return blocks;
}

BlockBuilder& RowBlocks::of(model::EntityKind kind) { return builders_[kind_index(kind)]; }

void RowBlocks::take_shape(const std::shared_ptr<const Shape>& shape) {
  shape_ = shape;
  targets_.clear();
  touched_ = {};
  // Every report is a sample of the host, if only of its life.
  touched_[kind_index(model::EntityKind::host)] = true;
  for (const auto slot : *shape) {
    const auto kind = kind_index(slot_kind(slot));
    touched_[kind] = true;
    auto& builder = builders_[kind];
    targets_.push_back({&builder, builder.column(slot_number(slot), slot_metric(slot))});
  }
}

void RowBlocks::add(const Row& row) {
  if (row.greeting) return;
  if (row.shape != shape_) take_shape(row.shape);
  for (std::size_t kind = 0; kind < builders_.size(); ++kind) {
    if (touched_[kind]) builders_[kind].begin_sample(row.time_ms);
  }
  for (std::size_t i = 0; i < row.values.size(); ++i)
    targets_[i].builder->add(targets_[i].column, row.values[i]);
}

}  // namespace wakeful::store::detail
