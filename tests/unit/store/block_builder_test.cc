#include "store/detail/block_builder.h"

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace wakeful::store::detail {
namespace {

using Samples =
    std::map<std::int64_t, std::map<std::pair<std::uint64_t, std::uint16_t>, std::int64_t>>;

Samples samples_of(const std::vector<Block>& blocks) {
  Samples samples;
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block.times_ms.size(); ++i) {
      auto& at = samples[block.times_ms[i]];
      for (const auto& column : block.columns) {
        EXPECT_EQ(column.values.size(), block.times_ms.size());
        if (column.values[i] != kMissing) at[{column.entity, column.metric}] = column.values[i];
      }
    }
  }
  return samples;
}

TEST(BlockBuilder, OrdersAnySamplesAndKeepsTheFirstOfATime) {
  std::mt19937_64 random(3);
  for (int run = 0; run < 200; ++run) {
    BlockBuilder builder;
    Samples expected;
    for (auto left = random() % 60; left > 0; --left) {
      const auto time = static_cast<std::int64_t>(random() % 50);
      builder.begin_sample(time);
      auto& at = expected[time];
      for (std::uint64_t entity = 0; entity < 4; ++entity) {
        if (random() % 2 == 0) continue;
        const auto value = static_cast<std::int64_t>(random() % 100);
        builder.add(builder.column(entity, 7), value);
        at.emplace(std::pair<std::uint64_t, std::uint16_t>{entity, 7}, value);
      }
    }
    const auto blocks = builder.take();
    EXPECT_TRUE(builder.empty());
    EXPECT_EQ(samples_of(blocks), expected);
    for (const auto& block : blocks) {
      EXPECT_TRUE(std::ranges::adjacent_find(block.times_ms, std::greater_equal()) ==
                  block.times_ms.end());
    }
  }
}

TEST(BlockBuilder, PutsBlocksTogetherWhateverTheirColumns) {
  BlockBuilder builder;
  builder.add_block({{10, 30}, {{1, 1, {5, 6}}}});
  builder.add_block({{10, 20}, {{2, 1, {7, 8}}}});
  builder.add_block({{30, 40}, {{1, 1, {66, 9}}, {2, 1, {1, kMissing}}}});
  const auto whole = builder.take_whole();
  EXPECT_EQ(whole.times_ms, (std::vector<std::int64_t>{10, 20, 30, 40}));
  EXPECT_EQ(whole.columns[0].values, (std::vector<std::int64_t>{5, kMissing, 6, 9}));
  EXPECT_EQ(whole.columns[1].values, (std::vector<std::int64_t>{7, 8, 1, kMissing}));
}

TEST(BlockBuilder, CutsBetweenEntitiesAndInTimeToTheCodecsLimits) {
  constexpr std::uint64_t kEntities = 21'900;  // of 3 columns: a few too many for a block
  constexpr std::int64_t kTimes = 40;
  BlockBuilder builder;
  std::vector<std::size_t> columns;
  for (std::uint64_t entity = 0; entity < kEntities; ++entity) {
    for (std::uint16_t metric = 1; metric < 4; ++metric)
      columns.push_back(builder.column(entity, metric));
  }
  for (std::int64_t time = 0; time < kTimes; ++time) {
    builder.begin_sample(time);
    for (const auto column : columns) builder.add(column, time);
  }
  std::size_t values = 0;
  std::map<std::pair<std::uint64_t, std::int64_t>, int> blocks_of;
  for (const auto& block : builder.take()) {
    ASSERT_LE(block.columns.size(), kMaxBlockColumns);
    const auto again = decode_block(encode_block(block));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, block);
    for (const auto& column : block.columns) {
      values += column.values.size();
      if (column.metric == 1) ++blocks_of[{column.entity, block.times_ms[0]}];
    }
    for (std::size_t i = 1; i < block.columns.size(); ++i) {
      if (block.columns[i].entity != block.columns[i - 1].entity) {
        EXPECT_EQ(block.columns[i - 1].metric, 3);
      }
    }
  }
  EXPECT_EQ(values, kEntities * 3 * kTimes);
  for (const auto& [key, count] : blocks_of) EXPECT_EQ(count, 1);
}

TEST(RowBlocks, GreetingsAreNoSamplesAndEveryReportIsOneOfTheHost) {
  RowBlocks blocks;
  Row row;
  row.shape = std::make_shared<const Shape>(
      Shape{make_slot(model::EntityKind::container, 3, model::Metric::container_cpu_ratio)});
  row.values = {8};
  row.time_ms = 5;
  blocks.add(row);
  row.greeting = true;
  row.time_ms = 6;
  blocks.add(row);
  EXPECT_EQ(blocks.of(model::EntityKind::host).samples(), 1U);
  EXPECT_EQ(blocks.of(model::EntityKind::container).samples(), 1U);
  EXPECT_TRUE(blocks.of(model::EntityKind::core).empty());
}

}  // namespace
}  // namespace wakeful::store::detail
