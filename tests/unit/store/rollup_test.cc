#include "store/detail/rollup.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "store/detail/block_builder.h"
#include "store/detail/rollup_pack.h"
#include "support/made_store.h"
#include "support/temp_folder.h"

namespace wakeful::store::detail {
namespace {

constexpr std::int64_t kDayStart = 1'795'132'800'000;

const BlockColumn* find(const Block& block, std::uint64_t entity, std::uint16_t metric) {
  const auto at = std::ranges::find_if(block.columns, [&](const BlockColumn& column) {
    return column.entity == entity && column.metric == metric;
  });
  return at == block.columns.end() ? nullptr : &*at;
}

TEST(RollUp, IsWhatBruteForceSays) {
  std::mt19937_64 random(5);
  for (int run = 0; run < 60; ++run) {
    BlockBuilder builder;
    std::map<std::pair<std::uint64_t, std::int64_t>, Summary> expected;
    const auto tier = run % 2 == 0 ? Tier::minutes : Tier::hours;
    const auto step = tier_step_ms(tier);
    std::int64_t time = kDayStart;
    for (int i = 0; i < 300; ++i) {
      time += 1 + static_cast<std::int64_t>(random() % (run % 3 == 0 ? 400'000 : 9'000));
      builder.begin_sample(time);
      for (std::uint64_t entity = 1; entity < 4; ++entity) {
        if (random() % 3 == 0) continue;
        const auto value = static_cast<std::int64_t>(random() % 10'001) - 200;
        builder.add(builder.column(entity, 9), value);
        expected[{entity, time - time % step}].add(value);
      }
    }
    const auto blocks = builder.take();
    const auto rolled = roll_up(blocks, tier);
    EXPECT_TRUE(std::ranges::is_sorted(rolled.times_ms));
    std::size_t found = 0;
    for (std::uint64_t entity = 1; entity < 4; ++entity) {
      for (std::size_t i = 0; i < rolled.times_ms.size(); ++i) {
        const auto value = [&](Stat stat) {
          const auto* column = find(rolled, entity, stat_metric(9, stat));
          return column == nullptr ? kMissing : column->values[i];
        };
        const auto at = expected.find({entity, rolled.times_ms[i]});
        if (at == expected.end()) {
          EXPECT_EQ(value(Stat::count), kMissing);
          continue;
        }
        ++found;
        EXPECT_EQ(value(Stat::count), at->second.count);
        EXPECT_EQ(value(Stat::minimum), at->second.minimum);
        EXPECT_EQ(value(Stat::maximum), at->second.maximum);
        EXPECT_EQ(value(Stat::sum), at->second.sum);
      }
    }
    EXPECT_EQ(found, expected.size());
  }
}

TEST(RollUp, OfNothingHasNoTimes) { EXPECT_TRUE(roll_up({}, Tier::hours).times_ms.empty()); }

TEST(Measured, AddsUpToWhatSamplesStandFor) {
  std::vector<std::int64_t> times;
  for (std::int64_t time = kDayStart; time < kDayStart + 2 * 3'600'000; time += 10'000) {
    const bool gap = time >= kDayStart + 1'800'000 && time < kDayStart + 5'400'000;
    if (!gap) times.push_back(time);
  }
  BlockBuilder builder;
  for (const auto time : times) builder.begin_sample(time);
  const auto blocks = builder.take();
  auto rolled = roll_up(blocks, Tier::hours);
  add_measured(blocks, Tier::hours, rolled);
  const auto* column = find(rolled, 0, stat_metric(kMeasuredMs, Stat::sum));
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->values, (std::vector<std::int64_t>{1'800'000, 1'800'000}));
}

TEST(Measured, TheUsualIntervalIsTheMedian) {
  EXPECT_EQ(usual_interval_ms({}), 0);
  EXPECT_EQ(usual_interval_ms({5}), 0);
  EXPECT_EQ(usual_interval_ms({0, 8'000}), 8'000);
  EXPECT_EQ(usual_interval_ms({0, 8'000, 16'000, 3'600'000}), 8'000);
}

TEST(Measured, StretchesNeverOverlapAndGapsStayOut) {
  std::mt19937_64 random(6);
  for (int run = 0; run < 200; ++run) {
    std::vector<std::int64_t> times{0};
    while (times.size() < 1 + random() % 40)
      times.push_back(times.back() + 1 +
                      static_cast<std::int64_t>(random() % (random() % 8 == 0 ? 90'000 : 9'000)));
    const auto interval = usual_interval_ms(times);
    std::int64_t reached = 0;
    visit_measured(times, interval, [&](std::int64_t first, std::int64_t end) {
      EXPECT_GE(first, reached);
      EXPECT_GT(end, first);
      EXPECT_LE(end - first, 3 * interval);
      reached = end;
    });
  }
}

/// A day of more entities than a block has room for.
TEST(RollUpPack, KeepsMoreColumnsThanABlockHasAndReplacesThem) {
  const test::TempFolder folder;
  auto pack = open_pack(folder.path() / "hours-2026.db", Database::Access::read_write);
  ASSERT_TRUE(pack.has_value()) << pack.error().message;
  const auto day = period_of(Tier::raw, kDayStart);
  const model::ServerId server{1};
  Block made;
  made.times_ms = {kDayStart, kDayStart + kHourMs};
  for (std::uint64_t entity = 1; entity <= 20'000; ++entity) {
    for (const auto stat : {Stat::count, Stat::minimum, Stat::maximum, Stat::sum})
      made.columns.push_back({entity, stat_metric(100, stat), {1, 2}});
  }
  for (int turn = 0; turn < 2; ++turn) {
    const auto done = replace_day(**pack, server, model::EntityKind::container, day, made);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    const auto infos =
        find_blocks(**pack, server, model::EntityKind::container, kFirstTimeMs, kEndTimeMs);
    ASSERT_TRUE(infos.has_value());
    std::size_t columns = 0;
    for (const auto& info : *infos) {
      const auto bytes = read_block(**pack, info.id);
      ASSERT_TRUE(bytes.has_value() && bytes->has_value());
      const auto block = decode_block(**bytes);
      ASSERT_TRUE(block.has_value());
      columns += block->columns.size();
    }
    EXPECT_EQ(columns, made.columns.size());
  }
}

TEST(RollUpPack, ManyDaysAreJoinedAndEachCanBeReplaced) {
  const test::TempFolder folder;
  auto pack = open_pack(folder.path() / "minutes-2026-11.db", Database::Access::read_write);
  ASSERT_TRUE(pack.has_value()) << pack.error().message;
  const model::ServerId server{1};
  std::map<std::int64_t, std::int64_t> expected;
  std::mt19937_64 random(8);
  for (int step = 0; step < 120; ++step) {
    const auto day =
        period_of(Tier::raw, kDayStart - kDayMs * static_cast<std::int64_t>(random() % 30));
    Block made;
    for (std::int64_t hour = 0; hour < 24; ++hour)
      made.times_ms.push_back(day.first_ms + hour * kHourMs);
    made.columns.push_back({0, stat_metric(1, Stat::count), std::vector<std::int64_t>(24, step)});
    const auto done = replace_day(**pack, server, model::EntityKind::host, day, made);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    for (const auto time : made.times_ms) expected[time] = step;
  }
  std::map<std::int64_t, std::int64_t> found;
  const auto infos = find_blocks(**pack, server, model::EntityKind::host, kFirstTimeMs, kEndTimeMs);
  ASSERT_TRUE(infos.has_value());
  for (const auto& info : *infos) {
    const auto block = decode_block(**read_block(**pack, info.id));
    ASSERT_TRUE(block.has_value());
    for (std::size_t i = 0; i < block->times_ms.size(); ++i)
      EXPECT_TRUE(found.emplace(block->times_ms[i], block->columns[0].values[i]).second);
  }
  EXPECT_EQ(found, expected);
  EXPECT_LT(infos->size(), 16U);
}

}  // namespace
}  // namespace wakeful::store::detail
