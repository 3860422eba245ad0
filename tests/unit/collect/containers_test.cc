#include "collect/containers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tree.h"

namespace wakeful::collect {
namespace {

using model::ContainerState;
using model::Metric;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kId(64, 'a');
const std::string kOther = std::string(63, 'a') + "b";

EngineContainer entry(const std::string& id, std::optional<std::int64_t> pid,
                      ContainerState state = ContainerState::running) {
  EngineContainer made;
  made.container.name = "c-" + id.substr(60);
  made.container.id = id;
  made.container.engine = "docker";
  made.container.state = state;
  made.pid = pid;
  return made;
}

/// A machine of 2 CPUs whose trees each test fills.
class Figures : public ::testing::Test {
 protected:
  Figures() { tree_.write("sys/devices/system/cpu/online", "0-1\n"); }

  static constexpr const char* kV2 = "sys/fs/cgroup/system.slice/docker-";

  void mount_v2(const std::string& controllers = "cpuset cpu io memory pids\n") {
    tree_.write("sys/fs/cgroup/cgroup.controllers", controllers);
    tree_.write("proc/self/mountinfo",
                "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
  }
  void write_v2(const std::string& dir, std::uint64_t usage_usec, std::uint64_t current = 5000,
                std::uint64_t inactive = 1000) {
    tree_.write(dir + "/cpu.stat",
                "usage_usec " + std::to_string(usage_usec) + "\nuser_usec 1\nsystem_usec 1\n");
    tree_.write(dir + "/memory.current", std::to_string(current) + "\n");
    tree_.write(dir + "/memory.stat",
                "anon 1\nfile 2\ninactive_file " + std::to_string(inactive) + "\n");
    tree_.write(dir + "/memory.max", "max\n");
    tree_.write(dir + "/cpu.max", "max 100000\n");
  }
  void belong_v2(int pid, const std::string& id) {
    tree_.write("proc/" + std::to_string(pid) + "/cgroup",
                "0::/system.slice/docker-" + id + ".scope\n");
  }
  static std::string scope(const std::string& id) { return kV2 + id + ".scope"; }

  void mount_v1() {
    tree_.write("proc/self/mountinfo",
                "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
                "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                "36 31 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    tree_.write("sys/fs/cgroup/unified/cgroup.controllers", "");
  }
  void write_v1(const std::string& path, std::uint64_t usage_ns) {
    const std::string cpu = "sys/fs/cgroup/cpu,cpuacct" + path;
    const std::string memory = "sys/fs/cgroup/memory" + path;
    tree_.write(cpu + "/cpuacct.usage", std::to_string(usage_ns) + "\n");
    tree_.write(cpu + "/cpu.cfs_quota_us", "50000\n");
    tree_.write(cpu + "/cpu.cfs_period_us", "100000\n");
    tree_.write(memory + "/memory.usage_in_bytes", "9000\n");
    tree_.write(memory + "/memory.stat", "inactive_file 1\ntotal_inactive_file 2000\n");
    tree_.write(memory + "/memory.limit_in_bytes", "9223372036854771712\n");
  }

  model::Report add(const std::vector<EngineContainer>& list,
                    const std::map<std::string, EngineStats>& stats = {}) {
    if (!figures_) figures_ = std::make_unique<ContainerFigures>(tree_.context(clock_));
    model::Report report;
    unreadable_ = figures_->add_to(report, list, stats);
    return report;
  }
  static std::optional<double> value(const model::Report& report, Metric metric,
                                     std::size_t index = 0) {
    return model::find_value((*report.containers)[index].metrics, metric);
  }
  void pass(int ms) { clock_.advance(Milliseconds(ms)); }

  test::Tree tree_;
  wakeful::test::FakeClock clock_;
  std::unique_ptr<ContainerFigures> figures_;
  std::vector<std::string> unreadable_;
};

TEST_F(Figures, OfVersion2AreOfAllCpus) {
  mount_v2();
  belong_v2(100, kId);
  write_v2(scope(kId), 1'000'000);
  auto report = add({entry(kId, 100)});
  EXPECT_FALSE(value(report, Metric::container_cpu_ratio)) << "one reading gives no ratio";
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 4000);
  EXPECT_FALSE(value(report, Metric::container_memory_limit_bytes));
  EXPECT_FALSE(value(report, Metric::container_cpu_limit_cores));
  pass(2000);
  write_v2(scope(kId), 2'000'000);
  report = add({entry(kId, 100)});
  EXPECT_DOUBLE_EQ(*value(report, Metric::container_cpu_ratio), 0.25);
  EXPECT_THAT(unreadable_, IsEmpty());
  EXPECT_THAT(report.problems, IsEmpty());
}

TEST_F(Figures, UseTheReportsCpuCount) {
  mount_v2();
  write_v2(scope(kId), 0);
  ContainerFigures figures(tree_.context(clock_));
  model::Report report;
  report.facts.cpu_count = 8;
  figures.add_to(report, {entry(kId, std::nullopt)}, {});
  pass(1000);
  write_v2(scope(kId), 4'000'000);
  report.containers.reset();
  figures.add_to(report, {entry(kId, std::nullopt)}, {});
  EXPECT_DOUBLE_EQ(*value(report, Metric::container_cpu_ratio), 0.5);
}

TEST_F(Figures, OfVersion1ComeFromItsHierarchies) {
  mount_v1();
  const std::string path = "/docker/" + kId;
  tree_.write("proc/100/cgroup",
              "4:memory:" + path + "\n3:cpu,cpuacct:" + path + "\n0::" + path + "\n");
  write_v1(path, 1'000'000'000);
  add({entry(kId, 100)});
  pass(1000);
  write_v1(path, 1'500'000'000);
  const auto report = add({entry(kId, 100)});
  EXPECT_DOUBLE_EQ(*value(report, Metric::container_cpu_ratio), 0.25);
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 7000);
  EXPECT_EQ(value(report, Metric::container_cpu_limit_cores), 0.5);
  EXPECT_FALSE(value(report, Metric::container_memory_limit_bytes));
}

TEST_F(Figures, AreFoundWithoutMountinfoAndWithoutThePid) {
  write_v1("/docker/" + kId, 0);
  const auto report = add({entry(kId, std::nullopt)});
  EXPECT_THAT(unreadable_, IsEmpty());
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 7000);
}

TEST_F(Figures, AreFoundByTheIdInUnusualPlaces) {
  mount_v2();
  const std::string rootless =
      "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/";
  tree_.write(rootless + "libpod-conmon-" + kId + ".scope/cpu.stat", "usage_usec 1\n");
  write_v2(rootless + "docker-" + kId + ".scope", 0);
  write_v2("sys/fs/cgroup/machine.slice/libpod-" + kOther + ".scope", 0);
  add({entry(kId, std::nullopt), entry(kOther, 4711)});
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(Figures, AreTheContainersOwnWhereItsProcessSitsDeeper) {
  mount_v2();
  tree_.write("proc/100/cgroup", "0::/system.slice/docker-" + kId + ".scope/init.scope\n");
  write_v2(scope(kId), 0, 5000);
  write_v2(scope(kId) + "/init.scope", 0, 2000, 0);
  EXPECT_EQ(value(add({entry(kId, 100)}), Metric::container_memory_used_bytes), 4000);
}

TEST_F(Figures, AreNotAnotherProcesss) {
  mount_v2();
  tree_.write("proc/100/cgroup", "0::/system.slice/cron.service\n");
  write_v2("sys/fs/cgroup/system.slice/cron.service", 0);
  add({entry(kId, 100)});
  EXPECT_THAT(unreadable_, ElementsAre(kId));
}

TEST_F(Figures, AreFoundFromWithinANestedNamespace) {
  mount_v2();
  tree_.write("proc/100/cgroup", "0::/../docker-" + kId + ".scope\n");
  write_v2(scope(kId), 0);
  add({entry(kId, 100)});
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(Figures, AreFoundWhereOnlyAPartOfTheHierarchyIsMounted) {
  tree_.write("proc/self/mountinfo", "35 24 0:30 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  tree_.write("proc/100/cgroup", "0::/outer/docker/" + kId + "\n");
  write_v2("sys/fs/cgroup/docker/" + kId, 0);
  add({entry(kId, 100)});
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(Figures, StartAnewWhenAContainerDoes) {
  mount_v2();
  write_v2(scope(kId), 50'000'000);
  belong_v2(100, kId);
  auto list = std::vector{entry(kId, 100)};
  list[0].started_at = "2026-11-20T07:00:00Z";
  add(list);
  pass(1000);
  write_v2(scope(kId), 10'000);
  EXPECT_FALSE(value(add(list), Metric::container_cpu_ratio)) << "the counter went back";
  pass(1000);
  write_v2(scope(kId), 1'010'000);
  EXPECT_DOUBLE_EQ(*value(add(list), Metric::container_cpu_ratio), 0.5);
  pass(1000);
  write_v2(scope(kId), 2'010'000);
  list[0].started_at = "2026-11-20T08:00:00Z";
  EXPECT_FALSE(value(add(list), Metric::container_cpu_ratio)) << "another start";
  pass(1000);
  write_v2(scope(kId), 3'010'000);
  list[0].pid = 101;
  belong_v2(101, kId);
  EXPECT_FALSE(value(add(list), Metric::container_cpu_ratio)) << "another process";
}

TEST_F(Figures, FollowAContainerWhoseCgroupMoves) {
  mount_v2();
  write_v2(scope(kId), 0);
  add({entry(kId, std::nullopt)});
  tree_.remove(scope(kId));
  write_v2("sys/fs/cgroup/docker/" + kId, 0, 3000, 0);
  const auto report = add({entry(kId, std::nullopt)});
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 3000);
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(Figures, AreLeftOutWhenTheyCannotBe) {
  mount_v2();
  write_v2(scope(kId), 0, 1000, 5000);
  EXPECT_EQ(value(add({entry(kId, 1)}), Metric::container_memory_used_bytes), 0)
      << "more cache than memory: two moments";
  pass(1000);
  write_v2(scope(kId), 2'050'000);
  EXPECT_EQ(value(add({entry(kId, 1)}), Metric::container_cpu_ratio), 1) << "within tolerance";
  pass(1000);
  write_v2(scope(kId), 9'000'000);
  EXPECT_FALSE(value(add({entry(kId, 1)}), Metric::container_cpu_ratio)) << "more than all CPUs";
  write_v2(scope(kId), 9'500'000);
  EXPECT_FALSE(value(add({entry(kId, 1)}), Metric::container_cpu_ratio)) << "no time passed";
  pass(1000);
  write_v2(scope(kId), ~std::uint64_t{0});
  EXPECT_FALSE(value(add({entry(kId, 1)}), Metric::container_cpu_ratio));
}

TEST_F(Figures, AreNoneForWhatDoesNotRun) {
  mount_v2();
  write_v2(scope(kId), 0);
  for (const auto state : {ContainerState::exited, ContainerState::created, ContainerState::dead,
                           ContainerState::restarting, ContainerState::unknown}) {
    const auto report = add({entry(kId, std::nullopt, state)});
    ASSERT_EQ(report.containers->size(), 1u);
    EXPECT_THAT((*report.containers)[0].metrics, IsEmpty());
    EXPECT_EQ((*report.containers)[0].state, state);
  }
  EXPECT_THAT(unreadable_, IsEmpty());
  EXPECT_TRUE(add({}).containers.has_value()) << "none is known, not unknown";
}

TEST_F(Figures, OfPausedOnesKeepTheirMemory) {
  mount_v2();
  write_v2(scope(kId), 0);
  const auto report = add({entry(kId, std::nullopt, ContainerState::paused)});
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 4000);
}

TEST_F(Figures, TakeLimitsFromTheKernelBeforeTheEngine) {
  mount_v2();
  write_v2(scope(kId), 0);
  tree_.write(scope(kId) + "/memory.max", "1048576\n");
  tree_.remove(scope(kId) + "/cpu.max");
  auto list = std::vector{entry(kId, std::nullopt)};
  list[0].memory_limit_bytes = 5;
  list[0].cpu_limit_cores = 1.5;
  auto report = add(list);
  EXPECT_EQ(value(report, Metric::container_memory_limit_bytes), 1048576);
  EXPECT_EQ(value(report, Metric::container_cpu_limit_cores), 1.5) << "no file: the engine's";
  tree_.write(scope(kId) + "/memory.max", "max\n");
  pass(10'000);
  EXPECT_FALSE(value(add(list), Metric::container_memory_limit_bytes)) << "docker update";
}

TEST_F(Figures, ForgetIdsThatVanish) {
  mount_v2();
  write_v2(scope(kId), 0);
  add({entry(kId, std::nullopt)});
  add({});
  pass(1000);
  write_v2(scope(kId), 1'000'000);
  EXPECT_FALSE(value(add({entry(kId, std::nullopt)}), Metric::container_cpu_ratio));
}

TEST_F(Figures, FallBackToTheEnginesStats) {
  EngineStats stats;
  stats.read_at = from_unix_ms(1'000'000);
  stats.cpu_usage_ns = 1'000'000'000;
  stats.memory_usage_bytes = 3000;
  stats.memory_inactive_file_bytes = 1000;
  stats.memory_limit_bytes = 8000;
  add({entry(kId, 100)}, {{kId, stats}});
  EXPECT_THAT(unreadable_, ElementsAre(kId));
  pass(7777);  // our clock does not matter where the engine says when it read
  stats.read_at = from_unix_ms(1'001'000);
  stats.cpu_usage_ns = 2'000'000'000;
  model::Report report;
  report.metrics.push_back({Metric::host_memory_total_bytes, 9000});
  figures_->add_to(report, {entry(kId, 100)}, {{kId, stats}});
  EXPECT_DOUBLE_EQ(*value(report, Metric::container_cpu_ratio), 0.5);
  EXPECT_EQ(value(report, Metric::container_memory_used_bytes), 2000);
  EXPECT_EQ(value(report, Metric::container_memory_limit_bytes), 8000);
  stats.memory_limit_bytes = 9000;
  pass(1000);
  report.containers.reset();
  figures_->add_to(report, {entry(kId, 100)}, {{kId, stats}});
  EXPECT_FALSE(value(report, Metric::container_memory_limit_bytes)) << "all of the host: no limit";
  EXPECT_FALSE(value(report, Metric::container_cpu_ratio)) << "the same answer as before";
}

TEST_F(Figures, DoNotMixTheCountersOfTwoSources) {
  mount_v2();
  EngineStats stats;
  stats.cpu_usage_ns = 1'000'000;
  add({entry(kId, std::nullopt)}, {{kId, stats}});
  pass(31'000);
  write_v2(scope(kId), 9'000'000);
  EXPECT_FALSE(value(add({entry(kId, std::nullopt)}), Metric::container_cpu_ratio));
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(Figures, TellOnceWhenFilesAreHidden) {
  mount_v2();
  const std::vector<EngineContainer> list{entry(kId, 100), entry(kOther, 101)};
  EXPECT_THAT(add(list).problems, IsEmpty()) << "may have ended just now";
  EXPECT_THAT(unreadable_, ElementsAre(kId, kOther));
  pass(1000);
  const auto report = add(list);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].source, "containers");
  EXPECT_EQ(report.problems[0].code, Errc::not_found);
  EXPECT_THAT(report.problems[0].message, HasSubstr("2 containers"));
  EXPECT_THAT(report.problems[0].message, HasSubstr("proc/100/cgroup"));
}

TEST_F(Figures, TellHowToSwitchMemoryAccountingOn) {
  mount_v2("cpuset cpu io pids\n");
  for (const auto& id : {kId, kOther}) {
    tree_.write(scope(id) + "/cpu.stat", "usage_usec 5\n");
    tree_.write(scope(id) + "/cpu.max", "200000 100000\n");
  }
  const auto report = add({entry(kId, std::nullopt), entry(kOther, std::nullopt)});
  EXPECT_FALSE(value(report, Metric::container_memory_used_bytes));
  EXPECT_EQ(value(report, Metric::container_cpu_limit_cores), 2);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].code, Errc::unsupported);
  EXPECT_THAT(report.problems[0].message, HasSubstr("cgroup_enable=memory"));
  EXPECT_THAT(unreadable_, IsEmpty()) << "the engine does not know it either";
}

TEST_F(Figures, TellWhenOneCgroupLacksTheMemoryController) {
  mount_v2();
  tree_.write(scope(kId) + "/cpu.stat", "usage_usec 5\n");
  const auto report = add({entry(kId, std::nullopt)});
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_THAT(report.problems[0].message, HasSubstr("cgroup.subtree_control"));
}

TEST_F(Figures, TellWhenVersion1HasNoMemoryHierarchy) {
  tree_.write("sys/fs/cgroup/cpu,cpuacct/docker/" + kId + "/cpuacct.usage", "5\n");
  const auto report = add({entry(kId, std::nullopt)});
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_THAT(report.problems[0].message, HasSubstr("no memory cgroup is mounted"));
}

TEST_F(Figures, SurviveDamagedFiles) {
  mount_v2();
  belong_v2(100, kId);
  for (const char* damage : {"", "x", "usage_usec\n", "usage_usec -1\n", "\xff\xff"}) {
    for (const char* file :
         {"/cpu.stat", "/memory.current", "/memory.stat", "/memory.max", "/cpu.max"}) {
      tree_.write(scope(kId) + file, damage);
    }
    pass(31'000);
    const auto report = add({entry(kId, 100)});
    EXPECT_THAT((*report.containers)[0].metrics, IsEmpty()) << damage;
    EXPECT_THAT(unreadable_, ElementsAre(kId)) << damage;
  }
  tree_.write("proc/100/cgroup", "garbage");
  tree_.remove("sys/fs/cgroup");
  pass(31'000);
  add({entry(kId, 100)});
  EXPECT_THAT(unreadable_, ElementsAre(kId));
}

TEST_F(Figures, NeverTakeAnIdForAPath) {
  mount_v2();
  write_v2("sys/fs/cgroup/../../../outside", 0);
  for (const char* id : {"../../../outside", "", "..", "a/b", "short"}) {
    auto odd = entry(kId, 100);
    odd.container.id = id;
    add({odd});
    EXPECT_EQ(unreadable_.size(), 1u) << id;
  }
}

TEST(ContainerCpuRatio, IsAbsentWhereItMeansNothing) {
  using std::chrono::nanoseconds;
  EXPECT_DOUBLE_EQ(*container_cpu_ratio(0, 1000, nanoseconds(1000), 4), 0.25);
  EXPECT_FALSE(container_cpu_ratio(1, 0, nanoseconds(1000), 4).has_value());
  EXPECT_FALSE(container_cpu_ratio(0, 1, nanoseconds(0), 4).has_value());
  EXPECT_FALSE(container_cpu_ratio(0, 1, nanoseconds(-5), 4).has_value());
  EXPECT_FALSE(container_cpu_ratio(0, 1, nanoseconds(1000), 0).has_value());
  EXPECT_FALSE(container_cpu_ratio(0, ~std::uint64_t{0}, nanoseconds(1), 1).has_value());
}

}  // namespace
}  // namespace wakeful::collect
