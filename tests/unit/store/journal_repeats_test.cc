// Which reports are known after a restart, whatever came in one batch: everything acknowledged is
// there once, and said to be repeated when it comes again.
#include <random>

#include "store_test_base.h"

namespace wakeful::store {
namespace {

using std::chrono::seconds;
using test::kStart;
using test::make_container;
using test::make_report;

class JournalRepeats : public StoreTestBase {
 protected:
  void expect_all_repeated(const std::vector<AcceptedReport>& reports) {
    const auto before = stored(1);
    EXPECT_EQ(append(reports), std::vector(reports.size(), Appended::repeated));
    EXPECT_EQ(stored(1), before);
  }
  /// As they are now, after a start that replays the journal, and after one that finds packs.
  void expect_known_through_restarts(const std::vector<AcceptedReport>& reports,
                                     std::size_t count) {
    for (int turn = 0; turn < 4; ++turn) {
      EXPECT_EQ(stored(1), count) << "turn " << turn;
      expect_all_repeated(reports);
      if (turn == 2) close_days_before(kMidnight + kDay * 3);
      reopen();
    }
  }
};

std::vector<AcceptedReport> changing_reports(int count, WallTime from) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < count; ++i) {
    reports.push_back(make_report(1, i, from + seconds(8) * i));
    auto& report = reports.back().report;
    report.metrics = {{model::Metric::host_cpu_ratio, i / 10'000.0}};
    report.containers.emplace();
    for (int c = i % 7; c < 12; c += 1 + i % 3) {
      report.containers->push_back(make_container("c" + std::to_string(c), i / 10'000.0, 65'536));
    }
  }
  return reports;
}

TEST_F(JournalRepeats, SixHundredReportsOfOneServerInOneBatch) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 600; ++i) reports.push_back(make_report(1, i, 0.25));
  EXPECT_EQ(append(reports), std::vector(600, Appended::stored));
  expect_known_through_restarts(reports, 600);
}

TEST_F(JournalRepeats, ContainersThatComeAndGoInEveryReportOfABatch) {
  const auto reports = changing_reports(600, kStart);
  EXPECT_EQ(append(reports), std::vector(600, Appended::stored));
  expect_known_through_restarts(reports, 600);
  const auto c3 =
      read(1, 1000, model::EntityKind::container, "c3", {model::Metric::container_cpu_ratio});
  std::size_t at = 0;
  for (const auto& report : reports) {
    const auto& containers = *report.report.containers;
    const auto found = std::ranges::find(containers, "c3", &model::Container::name);
    if (found == containers.end()) continue;
    ASSERT_LT(at, c3.times.size());
    EXPECT_EQ(c3.times[at], report.time);
    EXPECT_EQ(c3.values[0][at], found->metrics[0].value);
    ++at;
  }
  EXPECT_EQ(at, c3.times.size());
}

TEST_F(JournalRepeats, ContainersThatComeAndGoInSmallBatches) {
  const auto reports = changing_reports(600, kStart);
  for (std::size_t at = 0; at < reports.size(); at += 7) {
    const auto end = std::min(at + 7, reports.size());
    append({reports.begin() + static_cast<std::ptrdiff_t>(at),
            reports.begin() + static_cast<std::ptrdiff_t>(end)});
    if (at % 91 == 0) reopen();
  }
  expect_known_through_restarts(reports, 600);
}

TEST_F(JournalRepeats, TwoAgentsWithOneKeyTakeTurns) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 500; ++i) {
    reports.push_back(make_report(1, i / 2, kStart + seconds(4) * i));
    reports.back().key.source = i % 2 == 0 ? 1 : ~std::uint64_t{0};
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, i / 10'000.0}};
  }
  for (std::size_t at = 0; at < reports.size(); at += 50) {
    append({reports.begin() + static_cast<std::ptrdiff_t>(at),
            reports.begin() + static_cast<std::ptrdiff_t>(at) + 50});
  }
  expect_known_through_restarts(reports, 500);
}

TEST_F(JournalRepeats, ManyAgentRunsOneAfterAnother) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 120; ++i) {
    reports.push_back(make_report(1, 1 + i % 3, kStart + seconds(8) * i));
    reports.back().key.source = 77U + static_cast<std::uint64_t>(i / 3);
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, 0.5}};
  }
  for (const auto& report : reports) append({report});
  expect_known_through_restarts(reports, 120);
}

TEST_F(JournalRepeats, ReportsOfOneMillisecondEachGetTheirOwn) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 300; ++i) {
    reports.push_back(make_report(1, i, kStart));
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, i / 10'000.0}};
  }
  append({reports.begin(), reports.begin() + 150});
  for (int i = 150; i < 300; ++i) append({reports[static_cast<std::size_t>(i)]});
  expect_known_through_restarts(reports, 300);
  const auto columns = read(1);
  for (std::size_t i = 0; i < columns.times.size(); ++i) {
    EXPECT_EQ(columns.times[i], kStart + Milliseconds(i));
    EXPECT_EQ(columns.values[0][i], static_cast<double>(i) / 10'000);
  }
}

TEST_F(JournalRepeats, AClockThatStepsBackADay) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 200; ++i) {
    const auto back = i < 100 ? seconds(0) : seconds(86'400);
    reports.push_back(make_report(1, i, kStart + seconds(8) * i - back));
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, i / 10'000.0}};
  }
  for (std::size_t at = 0; at < reports.size(); at += 40) {
    append({reports.begin() + static_cast<std::ptrdiff_t>(at),
            reports.begin() + static_cast<std::ptrdiff_t>(at) + 40});
  }
  expect_known_through_restarts(reports, 200);
  const auto last = samples().last_reports();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->size(), 1U);
  EXPECT_EQ((*last)[0].time, reports[99].time) << "the newest by time";
}

TEST_F(JournalRepeats, SequencesThatJumpAreKnownByTheirTimes) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 300; ++i) {
    const auto time = kStart + Milliseconds(8'003 * i + i * i % 700);
    reports.push_back(make_report(1, to_unix_ms(time), time));
    reports.back().key.source = 0;
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, 0.5}};
  }
  for (const auto& report : reports) append({report});
  expect_known_through_restarts({reports.begin() + 100, reports.end()}, 300);
}

TEST_F(JournalRepeats, TenThousandContainersInOneReport) {
  auto report = make_report(1, 1, 0.5);
  report.report.containers.emplace();
  for (int i = 0; i < 10'000; ++i) {
    report.report.containers->push_back(
        make_container("c" + std::to_string(i), i / 10'000.0, 65'536.0 * i));
  }
  EXPECT_EQ(append({report}), std::vector{Appended::stored});
  auto second = report;
  second.key.sequence = 2;
  second.time += seconds(8);
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(append({report}), std::vector{Appended::repeated});
    const auto of = read(1, 10, model::EntityKind::container, "c9999",
                         {model::Metric::container_memory_used_bytes});
    ASSERT_FALSE(of.values[0].empty());
    EXPECT_EQ(of.values[0][0], 65'536.0 * 9'999);
    if (turn == 1) {
      EXPECT_EQ(append({second}), std::vector{Appended::stored});
      close_days_before(kMidnight);
    }
    reopen();
  }
  EXPECT_EQ(stored(1), 2U);
}

/// Any mixture of it all, with packing and restarts in between.
TEST_F(JournalRepeats, AnyMixture) {
  std::mt19937_64 random(20261120);
  std::vector<AcceptedReport> all;
  std::vector<std::int64_t> next(4, 1);
  for (int round = 0; round < 150; ++round) {
    std::vector<AcceptedReport> batch;
    for (auto left = 1 + random() % 40; left > 0; --left) {
      const auto source = random() % 4;
      const auto late = seconds(random() % 3 == 0 ? random() % 200'000 : 0);
      auto report = make_report(1, next[source]++, kStart + seconds(600) * round - late);
      report.key.source = source;
      report.report.metrics = {{model::Metric::host_cpu_ratio, 0.5}};
      if (random() % 2 == 0) {
        report.report.containers = {make_container("c" + std::to_string(random() % 5), 0.5, 0)};
      }
      batch.push_back(std::move(report));
    }
    ASSERT_EQ(append(batch), std::vector(batch.size(), Appended::stored));
    all.insert(all.end(), batch.begin(), batch.end());
    if (round % 10 == 9) reopen();
    if (round % 13 == 12) maintain(kStart + seconds(600) * round);
    ASSERT_EQ(stored(1), all.size()) << "round " << round;
  }
  expect_known_through_restarts(all, all.size());
}

}  // namespace
}  // namespace wakeful::store
