#include "collect/proc_stat.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tree.h"

namespace wakeful::collect {
namespace {

using test::fixture;

TEST(ProcStat, ReadsACapturedMachine) {
  const auto stat = parse_proc_stat(fixture("machines/hybrid-docker/t0/proc/stat"));
  ASSERT_TRUE(stat.has_value());
  ASSERT_EQ(stat->cores.size(), 2u);
  EXPECT_EQ(stat->cores[1].number, 1);
  EXPECT_GT(stat->all.user, 0u);
  EXPECT_NEAR(static_cast<double>(stat->all.user),
              static_cast<double>(stat->cores[0].times.user + stat->cores[1].times.user), 2);
}

TEST(ProcStat, ReadsEveryFieldAndIgnoresWhatFollows) {
  const auto stat = parse_proc_stat("cpu  1 2 3 4 5 6 7 8 9 10 11 what\ncpu7 1 1 1 1\nbtime x\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->all, (CpuTimes{1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_EQ(stat->cores.size(), 1u);
  EXPECT_EQ(stat->cores[0].number, 7);
  EXPECT_EQ(stat->cores[0].times, (CpuTimes{1, 1, 1, 1, 0, 0, 0, 0}));
}

TEST(ProcStat, RefusesDamage) {
  for (const char* text :
       {"", "\n\n", "cpu", "cpu  1 2 3\n", "cpu  1 2 x 4\n", "cpu  1 2 -3 4\n", "intr 5\n",
        "cpu  99999999999999999999 2 3 4\n", "cpu  1 2 3 4\ncpu8192 1 2 3 4\n",
        "cpu  1 2 3 4\ncpux 1 2 3 4\n", "cpu  1 2 3 4\ncpu-1 1 2 3 4\n", "cpu0 1 2 3 4\n"}) {
    const auto stat = parse_proc_stat(text);
    ASSERT_FALSE(stat.has_value()) << text;
    EXPECT_EQ(stat.error().code, Errc::parse) << text;
    EXPECT_NE(stat.error().message.find("expected"), std::string::npos) << stat.error().message;
  }
}

TEST(BusyRatio, CountsStolenTimeAsUsedAndWaitingAsIdle) {
  const CpuTimes before{};
  EXPECT_DOUBLE_EQ(*busy_ratio(before, {10, 5, 5, 50, 10, 5, 5, 10}), 0.4);
}

TEST(BusyRatio, IsAbsentWithoutPassedTime) { EXPECT_FALSE(busy_ratio({}, {}).has_value()); }

TEST(BusyRatio, IsAbsentWhenABusyCounterGoesBack) {
  EXPECT_FALSE(busy_ratio({10, 0, 0, 0, 0, 0, 0, 0}, {9, 0, 0, 100, 0, 0, 0, 0}).has_value());
}

TEST(BusyRatio, TakesASmallStepBackOfIdleTimesAsNone) {
  EXPECT_DOUBLE_EQ(*busy_ratio({0, 0, 0, 500, 100, 0, 0, 0}, {25, 0, 0, 575, 99, 0, 0, 0}), 0.25);
  EXPECT_FALSE(busy_ratio({0, 0, 0, 500, 0, 0, 0, 0}, {25, 0, 0, 100, 0, 0, 0, 0}).has_value());
}

TEST(CpuList, ReadsRangesAndSingles) {
  const auto ranges = parse_cpu_list("0-3,5,8-9\n");
  ASSERT_TRUE(ranges.has_value());
  EXPECT_EQ(*ranges, (std::vector<CpuRange>{{0, 3}, {5, 5}, {8, 9}}));
  EXPECT_EQ(count_cpus(*ranges), 7);
  EXPECT_TRUE(parse_cpu_list("\n")->empty());
}

TEST(CpuList, RefusesDamage) {
  for (const char* text : {"x", "3-1", "0-4000000000", "0-8192", ",", "-1", "1-", "0-3 5"}) {
    EXPECT_FALSE(parse_cpu_list(text).has_value()) << text;
  }
}

class CpuCollectorTest : public ::testing::Test {
 protected:
  model::Report collect(std::string_view stat) {
    tree_.write("proc/stat", stat);
    model::Report report;
    const auto done = cpu_->collect(report);
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return report;
  }

  test::Tree tree_;
  wakeful::test::FakeClock clock_;
  std::unique_ptr<Collector> cpu_ = test::make("cpu", tree_.context(clock_));
};

TEST_F(CpuCollectorTest, HasNoRatioAtFirst) {
  const auto report = collect("cpu  1 0 1 8\ncpu0 1 0 1 8\n");
  EXPECT_TRUE(report.metrics.empty());
  EXPECT_TRUE(report.core_cpu_ratio.empty());
}

TEST_F(CpuCollectorTest, GivesOneEntryPerPresentCpuAndNanForOfflineOnes) {
  tree_.write("sys/devices/system/cpu/present", "0-4\n");
  collect("cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu2 0 0 0 0\ncpu3 0 0 0 0\n");
  const auto report = collect("cpu  25 0 0 75\ncpu0 10 0 0 30\ncpu2 15 0 0 15\ncpu4 1 0 0 1\n");
  EXPECT_DOUBLE_EQ(*model::find_value(report.metrics, model::Metric::host_cpu_ratio), 0.25);
  ASSERT_EQ(report.core_cpu_ratio.size(), 5u);
  EXPECT_DOUBLE_EQ(report.core_cpu_ratio[0], 0.25);
  EXPECT_TRUE(std::isnan(report.core_cpu_ratio[1]));
  EXPECT_DOUBLE_EQ(report.core_cpu_ratio[2], 0.5);
  EXPECT_TRUE(std::isnan(report.core_cpu_ratio[3])) << "went offline";
  EXPECT_TRUE(std::isnan(report.core_cpu_ratio[4])) << "came online: no earlier reading";
}

TEST_F(CpuCollectorTest, NeedsNoPresentFile) {
  tree_.write("sys/devices/system/cpu/present", "0-99999999999\n");
  collect("cpu  0 0 0 0\ncpu1 0 0 0 0\n");
  EXPECT_EQ(collect("cpu  1 0 0 1\ncpu1 1 0 0 1\n").core_cpu_ratio.size(), 2u);
}

TEST_F(CpuCollectorTest, NamesTheFileItCannotRead) {
  model::Report report;
  const auto absent = cpu_->collect(report);
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, Errc::not_found);
  EXPECT_NE(absent.error().message.find("proc/stat"), std::string::npos);
  tree_.write("proc/stat", "cpu  1 2\n");
  const auto damaged = cpu_->collect(report);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, Errc::parse);
  EXPECT_NE(damaged.error().message.find("proc/stat"), std::string::npos);
  tree_.remove("proc/stat");
  std::filesystem::create_directory(tree_.path() / "proc/stat");
  EXPECT_FALSE(cpu_->collect(report).has_value());
}

}  // namespace
}  // namespace wakeful::collect
