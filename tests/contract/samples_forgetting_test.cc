// What store/samples.h promises about forgetting, odd times, and threads, over every registered store.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "store_fixture.h"

namespace wakeful::store {
namespace {

using std::chrono::seconds;
using test::kStart;
using test::make_container;
using test::make_full_report;
using test::make_report;

class SamplesForgetting : public SamplesContract {};

INSTANTIATE_TEST_SUITE_P(Stores, SamplesForgetting, ::testing::ValuesIn(store_schemes()),
                         scheme_name);

TEST_P(SamplesForgetting, ARemovedServerIsForgottenAndItsLateReportsAreNotKept) {
  for (int i = 0; i < 5000; i += 500) {
    std::vector<AcceptedReport> reports;
    for (int k = i; k < i + 500; ++k) reports.push_back(make_full_report(1, k, 1));
    reports.push_back(make_full_report(2, i, 1));
    append(reports);
  }
  ASSERT_TRUE(worked(samples().remove_server(model::ServerId{1})));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(read(cpu_of(1)).times.empty());
    EXPECT_TRUE(read(container_query(1, "container-0")).times.empty());
    EXPECT_EQ(append({make_full_report(1, 9000, 1), make_full_report(2, 9000 + turn, 1)}),
              (std::vector{Appended::unknown_server, Appended::stored}));
    EXPECT_TRUE(read(cpu_of(1)).times.empty());
    EXPECT_EQ(value_of(samples().last_reports()).size(), 1U);
    reopen();
  }
  EXPECT_EQ(read(cpu_of(2, 100)).times.size(), 12U);
  EXPECT_TRUE(worked(samples().remove_server(model::ServerId{77})));
}

TEST_P(SamplesForgetting, OldSamplesGoAndTheNewestReportStays) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 5000; ++i) reports.push_back(make_full_report(1, i, 1));
  for (int i = 0; i < 10; ++i) reports.push_back(make_full_report(2, i, 2));
  append(reports);
  ASSERT_TRUE(worked(samples().remove_before(kStart + seconds(8) * 4990)));
  const auto left = read(cpu_of(1, 100));
  ASSERT_EQ(left.times.size(), 10U);
  EXPECT_EQ(left.times.front(), kStart + seconds(8) * 4990);
  // Server 2 has been off since, and its last word is kept.
  EXPECT_EQ(read(cpu_of(2)).times, std::vector{kStart + seconds(8) * 9});
  for (int turn = 0; turn < 2; ++turn) {
    const auto last = value_of(samples().last_reports());
    ASSERT_EQ(last.size(), 2U);
    ASSERT_TRUE(last[1].report.containers);
    EXPECT_EQ(last[1].report.containers, reports.back().report.containers);
    reopen();
  }
  // What is still there is still known, what goes on goes on.
  EXPECT_EQ(append({make_full_report(1, 4995, 1), make_full_report(1, 5000, 1)}),
            (std::vector{Appended::repeated, Appended::stored}));
}

TEST_P(SamplesForgetting, AContainerOfLongAgoIsForgottenAndItsNameCanComeAgain) {
  auto old = make_report(1, 0, 0.5);
  old.report.containers = {make_container("job-1", 0.1, 0), make_container("job-2", 0.2, 0)};
  auto now = make_report(1, 10'000, 0.5);
  now.report.containers = {make_container("web", 0.3, 0)};
  append({old, now});
  ASSERT_TRUE(worked(samples().remove_before(kStart + seconds(8) * 9'000)));
  EXPECT_TRUE(read(container_query(1, "job-1")).times.empty());
  auto again = make_report(1, 10'001, 0.5);
  again.report.containers = {make_container("job-2", 0.4, 0), make_container("job-1", 0.5, 0),
                             make_container("web", 0.6, 0)};
  append(again);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(read(container_query(1, "job-1")).values[0], std::vector{0.5});
    EXPECT_EQ(read(container_query(1, "job-2")).values[0], std::vector{0.4});
    EXPECT_EQ(read(container_query(1, "web")).values[0], (std::vector{0.3, 0.6}));
    reopen();
  }
}

TEST_P(SamplesForgetting, TimesThatNoClockShowsDoNoHarm) {
  const auto far = std::numeric_limits<std::int64_t>::max() - 5;
  auto late = make_report(1, 1, kStart);
  late.time = from_unix_ms(far);
  late.received = kStart;
  late.report.time = from_unix_ms(std::numeric_limits<std::int64_t>::min());
  late.report.containers = {make_container("web", 0.5, 4096)};
  auto early = make_report(1, 2, kStart);
  early.time = from_unix_ms(std::numeric_limits<std::int64_t>::min() + 1);
  early.report.containers = {make_container("web", 0.25, 4096)};
  append({late, early});
  EXPECT_EQ(read(container_query(1, "web")).values[0], (std::vector{0.25, 0.5}));
  const auto last = value_of(samples().last_reports());
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].received, kStart);
  EXPECT_EQ(last[0].report.time, late.report.time);
  EXPECT_TRUE(worked(samples().remove_before(WallTime::min())));
  EXPECT_TRUE(worked(samples().remove_before(WallTime::max())));
}

TEST_P(SamplesForgetting, AStoreThatCanWriteSaysSo) {
  EXPECT_TRUE(worked(samples().check_writable()));
  EXPECT_TRUE(worked(samples().check_writable()));
}

TEST_P(SamplesForgetting, ReadersWriterAndRemovalGoOnTogether) {
  constexpr int kReports = 3000;
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> reads{0};
  std::vector<std::thread> others;
  for (int reader = 0; reader < 3; ++reader) {
    others.emplace_back([&] {
      while (!done) {
        const auto columns = samples().read(cpu_of(1, 50));
        ASSERT_TRUE(columns.has_value()) << columns.error().message;
        EXPECT_TRUE(std::ranges::is_sorted(columns->times));
        EXPECT_EQ(columns->times.size(), columns->values[0].size());
        ASSERT_TRUE(samples().last_reports().has_value());
        ++reads;
      }
    });
  }
  others.emplace_back([&] {
    while (!done) {
      const auto removed = samples().remove_before(kStart + seconds(8) * 100);
      ASSERT_TRUE(removed.has_value()) << removed.error().message;
      ASSERT_TRUE(samples().check_writable().has_value());
    }
  });
  for (int i = 0; i < kReports; i += 10) {
    std::vector<AcceptedReport> reports;
    for (int k = i; k < i + 10; ++k) reports.push_back(make_full_report(1, k, 2));
    reports.push_back(make_full_report(2, i, 2));
    append(reports);
  }
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (reads < 10 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GE(reads, 10);
  ASSERT_TRUE(worked(samples().remove_server(model::ServerId{2})));
  done = true;
  for (auto& thread : others) thread.join();
  ASSERT_TRUE(worked(samples().remove_before(kStart + seconds(8) * 100)));
  EXPECT_EQ(read(cpu_of(1, 100'000)).times.size(), static_cast<std::size_t>(kReports - 100));
  EXPECT_TRUE(read(cpu_of(2)).times.empty());
}

}  // namespace
}  // namespace wakeful::store
