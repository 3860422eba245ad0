// Whatever the counters do, a ratio is absent or from 0 to 1.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "collect/containers.h"
#include "collect/proc_stat.h"
#include "tree.h"

namespace wakeful::collect {
namespace {

constexpr std::uint32_t kSeed = 20261120;  // fixed, so that a failure can be repeated

/// A counter that mostly grows, and now and then jumps, stands still, falls, wraps or starts anew.
class WildCounter {
 public:
  std::uint64_t next(std::mt19937_64& random) {
    switch (random() % 12) {
      case 0:
        return value_ = random();
      case 1:
        return value_ = 0;
      case 2:
        return value_ -= random() % 200;  // may wrap
      case 3:
        return value_ = ~std::uint64_t{0} - random() % 10;
      case 4:
        return value_;
      default:
        return value_ += random() % 1000;
    }
  }

 private:
  std::uint64_t value_ = 0;
};

bool is_ratio(double value) { return std::isfinite(value) && value >= 0 && value <= 1; }

TEST(Property, BusyRatioIsAbsentOrFrom0To1) {
  std::mt19937_64 random(kSeed);
  WildCounter counters[8];
  CpuTimes before;
  int present = 0;
  for (int i = 0; i < 200'000; ++i) {
    CpuTimes now;
    std::uint64_t* const fields[] = {&now.user,   &now.nice, &now.system,  &now.idle,
                                     &now.iowait, &now.irq,  &now.softirq, &now.steal};
    // Few of the fields move in a round, else every round has one that falls.
    for (int f = 0; f < 8; ++f) *fields[f] = random() % 4 == 0 ? counters[f].next(random) : 0;
    if (random() % 2 == 0) {
      now = before;
      now.user += random() % 100;
      now.idle += random() % 100;
    }
    if (const auto ratio = busy_ratio(before, now)) {
      ASSERT_TRUE(is_ratio(*ratio)) << i << ": " << *ratio;
      ++present;
    }
    before = now;
  }
  EXPECT_GT(present, 10'000) << "the property must not hold by never giving a ratio";
}

TEST(Property, CpuCollectorSurvivesHotPlug) {
  const test::Tree tree;
  const wakeful::test::FakeClock clock;
  const auto cpu = test::make("cpu", tree.context(clock));
  std::mt19937_64 random(kSeed);
  int present = 0;
  for (int i = 0; i < 300; ++i) {
    std::string stat;
    std::uint64_t sum = 0;
    for (int core = 0; core < 12; ++core) {
      if (random() % 4 == 0) continue;
      const std::uint64_t user = random() % 8 == 0 ? random() : static_cast<std::uint64_t>(i) * 60;
      const std::uint64_t idle = static_cast<std::uint64_t>(i) * 40;
      sum += user / 12;
      stat += "cpu" + std::to_string(core) + ' ' + std::to_string(user) + " 0 0 " +
              std::to_string(idle) + " 0 0 0 0\n";
    }
    tree.write("proc/stat", "cpu  " + std::to_string(sum) + " 0 0 " + std::to_string(i * 480) +
                                " 0 0 0 0\n" + stat);
    model::Report report;
    ASSERT_TRUE(cpu->collect(report).has_value());
    for (const auto& value : report.metrics) {
      ASSERT_TRUE(is_ratio(value.value)) << value.value;
      ++present;
    }
    ASSERT_LE(report.core_cpu_ratio.size(), 12u);
    for (const double ratio : report.core_cpu_ratio) {
      ASSERT_TRUE(std::isnan(ratio) || is_ratio(ratio)) << ratio;
    }
  }
  EXPECT_GT(present, 50);
}

TEST(Property, ContainerRatiosAreAbsentOrFrom0To1) {
  const test::Tree tree;
  wakeful::test::FakeClock clock;
  const std::string id(64, 'c');
  const std::string dir = "sys/fs/cgroup/docker/" + id;
  tree.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  tree.write("sys/devices/system/cpu/online", "0-3\n");
  EngineContainer entry;
  entry.container.id = id;
  entry.container.state = model::ContainerState::running;
  ContainerFigures figures(tree.context(clock));
  std::mt19937_64 random(kSeed);
  WildCounter usage;
  WildCounter memory;
  int present = 0;
  for (int i = 0; i < 500; ++i) {
    tree.write(dir + "/cpu.stat", "usage_usec " + std::to_string(usage.next(random)) + '\n');
    tree.write(dir + "/memory.current", std::to_string(memory.next(random)) + '\n');
    tree.write(dir + "/memory.stat", "inactive_file " + std::to_string(random() % 5000) + '\n');
    if (random() % 5 != 0) clock.advance(Milliseconds(random() % 2000));
    if (random() % 20 == 0) clock.step_wall(Milliseconds(-3'600'000));
    model::Report report;
    figures.add_to(report, {entry}, {});
    for (const auto& value : (*report.containers)[0].metrics) {
      ASSERT_TRUE(std::isfinite(value.value) && value.value >= 0);
      if (value.metric != model::Metric::container_cpu_ratio) continue;
      ASSERT_LE(value.value, 1);
      ++present;
    }
  }
  EXPECT_GT(present, 50);
}

}  // namespace
}  // namespace wakeful::collect
