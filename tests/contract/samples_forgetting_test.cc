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

// Samples go by whole days, as seen from UTC.
constexpr auto kDay = std::chrono::hours(24);
const WallTime kMidnight = std::chrono::floor<std::chrono::days>(kStart) + kDay;

/// The n-th report of a server, counted from a midnight, 8 s after the one before.
AcceptedReport after_midnight(std::int64_t server, std::int64_t n, int containers) {
  auto report = make_full_report(server, n, containers);
  report.time = kMidnight + seconds(8) * n;
  report.received = report.time;
  return report;
}

TEST_P(SamplesForgetting, OldSamplesGoAndTheNewestReportStays) {
  std::vector<AcceptedReport> reports;
  for (int i = -100; i < 10; ++i) reports.push_back(after_midnight(1, i, 1));
  for (int i = -10; i < 0; ++i) reports.push_back(after_midnight(2, i, 2));
  append(reports);
  ASSERT_TRUE(worked(samples().maintain(kMidnight + kDay / 2, {.raw = Milliseconds(0)}, {})));
  const auto left = read(cpu_of(1, 1000));
  ASSERT_EQ(left.times.size(), 10U);
  EXPECT_EQ(left.times.front(), kMidnight);
  EXPECT_TRUE(read(cpu_of(2)).times.empty());
  // Server 2 has been off since, and its last word is kept.
  for (int turn = 0; turn < 2; ++turn) {
    const auto last = value_of(samples().last_reports());
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(last[1].time, kMidnight - seconds(8));
    ASSERT_TRUE(last[1].report.containers);
    EXPECT_EQ(last[1].report.containers, reports.back().report.containers);
    reopen();
  }
  // What is still there is still known, what goes on goes on, what is too late is said to be.
  EXPECT_EQ(append({after_midnight(1, 5, 1), after_midnight(1, 10, 1), after_midnight(2, -200, 1)}),
            (std::vector{Appended::repeated, Appended::stored, Appended::out_of_range}));
}

TEST_P(SamplesForgetting, AContainerOfLongAgoIsForgottenAndItsNameCanComeAgain) {
  auto old = make_report(1, 0, 0.5);
  old.report.containers = {make_container("job-1", 0.1, 0), make_container("job-2", 0.2, 0)};
  // Hours go a year at a time, and names with them.
  const auto later = kStart + kDay * 800;
  auto now = make_report(1, 1, later);
  now.report.containers = {make_container("web", 0.3, 0)};
  append({old, now});
  const Retention none{.raw = {}, .minutes = {}, .hours = {}};
  ASSERT_TRUE(worked(samples().maintain(later, none, {})));
  ASSERT_TRUE(worked(samples().maintain(later, none, {})));
  EXPECT_TRUE(read(container_query(1, "job-1")).times.empty());
  const auto listed = value_of(samples().entities(model::ServerId{1}));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].name, "web");
  auto again = make_report(1, 2, later + seconds(8));
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

TEST_P(SamplesForgetting, TimesThatNoClockShowsAreNotKept) {
  std::vector<AcceptedReport> reports;
  for (const auto ms :
       {std::numeric_limits<std::int64_t>::max() - 5, std::numeric_limits<std::int64_t>::min() + 1,
        std::int64_t{-1}, std::int64_t{7'258'118'400'000}}) {
    reports.push_back(make_report(1, static_cast<std::int64_t>(reports.size()), kStart));
    reports.back().time = from_unix_ms(ms);
  }
  // Whatever the agent's own clock says is kept as it is.
  reports.push_back(make_report(1, 10, kStart));
  reports.back().report.time = from_unix_ms(std::numeric_limits<std::int64_t>::min());
  const auto answers = append(reports);
  EXPECT_EQ(std::ranges::count(answers, Appended::out_of_range), 4);
  EXPECT_EQ(answers.back(), Appended::stored);
  const auto last = value_of(samples().last_reports());
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].report.time, reports.back().report.time);
  EXPECT_TRUE(worked(samples().maintain(WallTime::min(), {}, {})));
  EXPECT_TRUE(worked(samples().maintain(WallTime::max(), {}, {})));
}

TEST_P(SamplesForgetting, AStoreThatCanWriteSaysSo) {
  EXPECT_TRUE(worked(samples().check_writable()));
  EXPECT_TRUE(worked(samples().check_writable()));
}

TEST_P(SamplesForgetting, ReadersWriterAndRemovalGoOnTogether) {
  constexpr int kReports = 3000;
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> reads{0};
  int kept = 0;
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
      const auto removed = samples().maintain(kMidnight + kDay / 2, {.raw = Milliseconds(0)}, {});
      ASSERT_TRUE(removed.has_value()) << removed.error().message;
      ASSERT_TRUE(samples().check_writable().has_value());
    }
  });
  for (int i = 0; i < kReports; i += 10) {
    std::vector<AcceptedReport> reports;
    for (int k = i; k < i + 10; ++k) reports.push_back(after_midnight(1, k - 100, 2));
    reports.push_back(after_midnight(2, i, 2));
    for (const auto answer : append(reports)) kept += answer == Appended::stored ? 1 : 0;
  }
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (reads < 10 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GE(reads, 10);
  ASSERT_TRUE(worked(samples().remove_server(model::ServerId{2})));
  done = true;
  for (auto& thread : others) thread.join();
  ASSERT_TRUE(worked(samples().maintain(kMidnight + kDay / 2, {.raw = Milliseconds(0)}, {})));
  EXPECT_GE(kept, kReports - 100 + kReports / 10);
  EXPECT_EQ(read(cpu_of(1, 100'000)).times.size(), static_cast<std::size_t>(kReports - 100));
  EXPECT_TRUE(read(cpu_of(2)).times.empty());
}

}  // namespace
}  // namespace wakeful::store
