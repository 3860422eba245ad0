// What goes: by age, by the size on disk, and a server's history from packs that are closed. Files go,
// space comes back, and reports come in all the while.
#include <atomic>
#include <thread>

#include "store_test_base.h"

namespace wakeful::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Forgetting : public StoreTestBase {
 protected:
  /// Days of reports, one every 5 minutes of some servers; each day closed when it is over.
  void append_days(int first, int end, int servers = 3) {
    for (int day = first; day < end; ++day) {
      std::vector<AcceptedReport> reports;
      for (int server = 1; server <= servers; ++server) {
        for (int i = 0; i < 288; ++i) {
          reports.push_back(test::make_full_report(server, day * 288 + i, 4));
          reports.back().time = kMidnight + kDay * day + minutes(5) * i;
          reports.back().received = reports.back().time;
        }
      }
      ASSERT_EQ(append(reports), std::vector(reports.size(), Appended::stored));
      maintain(kMidnight + kDay * (day + 1) + hours(1));
    }
  }
  StoreSize size() {
    const auto size = samples().size();
    EXPECT_TRUE(size.has_value());
    return size ? *size : StoreSize();
  }
  std::uint64_t counted(std::int64_t server, int days) {
    SeriesQuery query;
    query.series = {{model::ServerId{server}, model::Metric::host_cpu_ratio, ""}};
    query.from = kMidnight;
    query.before = kMidnight + kDay * days;
    query.step = hours(1);
    const auto series = samples().series(query);
    EXPECT_TRUE(series.has_value()) << (series ? "" : series.error().message);
    std::uint64_t sum = 0;
    if (series) {
      for (const auto count : series->series[0].count) sum += count;
    }
    return sum;
  }
};

TEST_F(Forgetting, DaysGoAndTheirMinutesAndHoursStay) {
  append_days(0, 6);
  EXPECT_EQ(packs().size(), 7U) << "a day each, and hours";
  maintain(kMidnight + kDay * 6 + hours(1), {.raw = kDay * 2});
  EXPECT_EQ(packs().front(), "2026-11-25.db");
  EXPECT_EQ(stored(1), 288U * 2);
  EXPECT_EQ(counted(1, 6), 288U * 6);
  EXPECT_GT(size().minutes_bytes, 0U);
  SeriesQuery query;
  query.series = {{model::ServerId{2}, model::Metric::host_cpu_ratio, ""}};
  query.from = kMidnight;
  query.before = kMidnight + kDay * 6;
  query.step = minutes(5);
  const auto series = samples().series(query);
  ASSERT_TRUE(series.has_value());
  EXPECT_EQ(series->tier, Tier::minutes);
  for (const auto count : series->series[0].count) EXPECT_EQ(count, 1U);
}

TEST_F(Forgetting, TheOldestGoUntilTheRestFits) {
  append_days(0, 6);
  const auto before = size();
  const auto limit = before.total() * 2 / 3;
  const Retention small{.max_bytes = limit};
  maintain(kMidnight + kDay * 6 + hours(1), small);
  const auto after = size();
  EXPECT_LE(after.raw_bytes + after.minutes_bytes + after.hours_bytes, limit);
  EXPECT_GT(stored(1), 0U);
  EXPECT_EQ(counted(1, 6), 288U * 6) << "hours are last to go";
  append_days(6, 7);
  maintain(kMidnight + kDay * 7 + hours(1), small);
  EXPECT_LE(size().raw_bytes, limit);
  const auto newest = read(1).times;
  ASSERT_GE(newest.size(), 288U);
  EXPECT_EQ(newest.back(), kMidnight + kDay * 7 - minutes(5));
}

TEST_F(Forgetting, NothingFitsAndReportsStillComeIn) {
  append_days(0, 3);
  maintain(kMidnight + kDay * 3 + hours(1), {.max_bytes = 1});
  append_days(3, 4);
  EXPECT_EQ(read(1).times.back(), kMidnight + kDay * 4 - minutes(5));
}

TEST_F(Forgetting, ARemovedServersSpaceComesBackWithTheNextClosing) {
  append_days(0, 4);
  const auto before = size();
  ASSERT_TRUE(samples().remove_server(model::ServerId{2}).has_value());
  ASSERT_TRUE(samples().remove_server(model::ServerId{3}).has_value());
  EXPECT_EQ(stored(2), 0U);
  EXPECT_EQ(counted(2, 4), 0U);
  EXPECT_EQ(stored(1), 288U * 4);
  maintain(kMidnight + kDay * 4 + hours(2));
  maintain(kMidnight + kDay * 4 + hours(3));
  EXPECT_LT(size().raw_bytes, before.raw_bytes * 2 / 3);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(counted(2, 4), 0U);
    EXPECT_EQ(counted(1, 4), 288U * 4);
    EXPECT_EQ(stored(1), 288U * 4);
    reopen();
  }
}

/// Removals while the keeper packs, closes days and makes roll-ups of what is being removed.
TEST_F(Forgetting, ARemovalAmidTheUpkeepLeavesNothing) {
  for (int day = 0; day < 8; ++day) {
    std::vector<AcceptedReport> reports;
    const std::int64_t server = 10 + day;
    for (int i = 0; i < 400; ++i) {
      for (const auto of : {std::int64_t{1}, server}) {
        reports.push_back(test::make_full_report(of, day * 400 + i, 2));
        reports.back().time = kMidnight + kDay * day + minutes(3) * i;
      }
    }
    append(reports);
    std::atomic<bool> done{false};
    std::thread upkeep([&] {
      const auto kept =
          samples().maintain(kMidnight + kDay * (day + 1) + hours(1), {.raw = kDay}, {});
      EXPECT_TRUE(kept.has_value()) << (kept ? "" : kept.error().message);
      done = true;
    });
    std::thread reader([&] {
      while (!done) EXPECT_TRUE(std::ranges::is_sorted(read(1).times));
    });
    EXPECT_TRUE(samples().remove_server(model::ServerId{server}).has_value());
    upkeep.join();
    reader.join();
    EXPECT_EQ(stored(server), 0U);
    EXPECT_EQ(counted(server, 10), 0U);
  }
  EXPECT_EQ(counted(1, 10), 400U * 8);
}

}  // namespace
}  // namespace wakeful::store
