#include "sim/machine.h"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/noise.h"

namespace wakeful::sim {
namespace {

// A Monday, 00:00 UTC.
const WallTime kMonday = from_unix_ms(1'795'392'000'000);
constexpr Milliseconds kStep{10'000};
constexpr std::uint32_t kFleet = 20;

WallTime at(int day, int hour, int minute = 0) {
  return kMonday + std::chrono::hours(24 * day + hour) + std::chrono::minutes(minute);
}

Machine make_machine(std::uint32_t number, std::uint64_t seed = 7) {
  MachineOptions options;
  options.seed = seed;
  options.number = number;
  options.interval = kStep;
  return Machine(options);
}

/// Every report of a machine over some days, at a step that is not the interval, to see more days.
template <class See>
void watch(Machine& machine, int days, Milliseconds step, const See& see) {
  for (WallTime time = kMonday; time < at(days, 0); time += step) {
    if (const model::Report* report = machine.report(time)) see(time, *report);
  }
}

double cpu_between(Machine& machine, int day, int first_hour, int last_hour) {
  double sum = 0;
  int count = 0;
  for (WallTime time = at(day, first_hour); time < at(day, last_hour); time += 6 * kStep) {
    const model::Report* report = machine.report(time);
    if (report == nullptr) continue;
    sum += *model::find_value(report->metrics, model::Metric::host_cpu_ratio);
    ++count;
  }
  return count == 0 ? 0 : sum / count;
}

void expect_in_range(const model::MetricValue& value, model::EntityKind entity) {
  const model::MetricInfo& info = model::metric_info(value.metric);
  ASSERT_EQ(info.entity, entity) << info.name;
  ASSERT_TRUE(std::isfinite(value.value)) << info.name;
  ASSERT_GE(value.value, info.minimum) << info.name;
  ASSERT_LE(value.value, info.maximum) << info.name;
}

TEST(Machine, TheSameQuestionGetsTheSameAnswer) {
  for (std::uint32_t number = 0; number < kFleet; ++number) {
    Machine one = make_machine(number);
    Machine other = make_machine(number);
    // One is asked at every step, the other only now and then, and backwards.
    std::map<WallTime, model::Report> reports;
    watch(one, 3, std::chrono::minutes(7),
          [&](WallTime time, const model::Report& report) { reports[time] = report; });
    ASSERT_FALSE(reports.empty()) << one.name();
    int position = 0;
    for (auto it = reports.rbegin(); it != reports.rend(); ++it) {
      if (++position % 5 != 0) continue;
      const model::Report* again = other.report(it->first);
      ASSERT_NE(again, nullptr);
      EXPECT_EQ(again->sequence, it->second.sequence);
      EXPECT_EQ(again->boot_id, it->second.boot_id);
      EXPECT_EQ(again->agent_run, it->second.agent_run);
      EXPECT_TRUE(again->metrics == it->second.metrics);
      EXPECT_EQ(again->core_cpu_ratio, it->second.core_cpu_ratio);
      EXPECT_TRUE(again->users == it->second.users);
      ASSERT_TRUE(again->containers == it->second.containers)
          << one.name() << format_utc(it->first);
    }
  }
}

TEST(Machine, OtherSeedsAndNumbersAreOtherMachines) {
  Machine one = make_machine(0, 7);
  Machine seed = make_machine(0, 8);
  Machine number = make_machine(2, 7);
  const auto cpu = [](Machine& machine) { return cpu_between(machine, 1, 10, 11); };
  EXPECT_NE(cpu(one), cpu(seed));
  EXPECT_NE(cpu(one), cpu(number));
  EXPECT_EQ(one.name(), "web-01");
  EXPECT_EQ(number.name(), "web-03");
}

TEST(Machine, EveryValueIsWithinTheRangeOfItsMetric) {
  for (std::uint32_t number = 0; number < kFleet; ++number) {
    Machine machine = make_machine(number);
    watch(machine, 10, std::chrono::minutes(7), [&](WallTime time, const model::Report& report) {
      ASSERT_EQ(report.time, time);
      ASSERT_EQ(report.core_cpu_ratio.size(), static_cast<std::size_t>(report.facts.cpu_count));
      for (const auto& value : report.metrics) expect_in_range(value, model::EntityKind::host);
      for (const double core : report.core_cpu_ratio) {
        expect_in_range({model::Metric::core_cpu_ratio, core}, model::EntityKind::core);
      }
      for (const model::Container& one :
           report.containers.value_or(std::vector<model::Container>())) {
        ASSERT_EQ(one.metrics.empty(), one.state != model::ContainerState::running) << one.name;
        for (const auto& value : one.metrics) expect_in_range(value, model::EntityKind::container);
        const auto limit =
            model::find_value(one.metrics, model::Metric::container_memory_limit_bytes);
        if (!limit) continue;
        ASSERT_LE(*model::find_value(one.metrics, model::Metric::container_memory_used_bytes),
                  *limit);
      }
    });
  }
}

TEST(Machine, ContainersUseNoMoreThanTheirHost) {
  for (std::uint32_t number = 0; number < kFleet; ++number) {
    Machine machine = make_machine(number);
    watch(machine, 7, std::chrono::minutes(11), [&](WallTime time, const model::Report& report) {
      double cpu = 0;
      double memory = 0;
      std::set<std::string> names;
      std::set<std::string> ids;
      const auto containers = report.containers.value_or(std::vector<model::Container>());
      for (const model::Container& one : containers) {
        names.insert(one.name);
        ids.insert(one.id);
        if (one.metrics.empty()) continue;
        cpu += one.metrics[0].value;
        memory += one.metrics[1].value;
      }
      ASSERT_EQ(names.size(), containers.size()) << machine.name() << format_utc(time);
      ASSERT_EQ(ids.size(), containers.size()) << machine.name() << format_utc(time);
      // Each ratio is rounded to four digits.
      ASSERT_LE(cpu, report.metrics[0].value + 0.0001 * static_cast<double>(names.size() + 1));
      ASSERT_LE(memory, *model::find_value(report.metrics, model::Metric::host_memory_used_bytes));
    });
  }
}

TEST(Machine, TheSequenceGrowsByOneAndBeginsAnewWithABoot) {
  int gaps = 0;
  int boots = 0;
  for (std::uint32_t number = 0; number < kFleet / 2; ++number) {
    Machine machine = make_machine(number);
    model::Report before;
    WallTime time_before;
    watch(machine, 5, kStep, [&](WallTime time, const model::Report& report) {
      if (before.boot_id.empty()) {
        // the first one
      } else if (report.boot_id != before.boot_id) {
        ++boots;
        ASSERT_NE(report.agent_run, before.agent_run);
        ASSERT_LE(report.sequence, 300u) << machine.name() << format_utc(time);
      } else {
        ASSERT_EQ(report.sequence - before.sequence,
                  static_cast<std::uint64_t>((time - time_before) / kStep));
        if (time - time_before > kStep) ++gaps;
      }
      before.boot_id = report.boot_id;
      before.agent_run = report.agent_run;
      before.sequence = report.sequence;
      time_before = time;
    });
  }
  EXPECT_GT(boots, 4);
  EXPECT_GT(gaps, 1);
}

TEST(Machine, ServersAreBusyByDayAndIdleByNightAndOnWeekends) {
  double day = 0;
  double night = 0;
  double sunday = 0;
  for (std::uint32_t number = 0; number < kFleet; ++number) {
    Machine machine = make_machine(number);
    if (machine.kind() != MachineKind::web_server) continue;
    day += cpu_between(machine, 2, 9, 18);
    night += cpu_between(machine, 2, 1, 5);
    sunday += cpu_between(machine, 6, 9, 18);
  }
  EXPECT_LT(night, day / 3);
  EXPECT_LT(sunday, day * 0.7);
}

TEST(Machine, TheDayBeginsWhereTheMachineStands) {
  MachineOptions options;
  Machine here(options);
  options.utc_offset = std::chrono::hours(12);
  Machine there(options);
  EXPECT_LT(cpu_between(here, 1, 2, 5), cpu_between(there, 1, 2, 5));
  EXPECT_GT(cpu_between(here, 1, 13, 16), cpu_between(there, 1, 13, 16));
}

TEST(Machine, PowerFollowsWhatTheProcessorsDo) {
  int with = 0;
  int without = 0;
  for (std::uint32_t number = 0; number < kFleet; ++number) {
    Machine machine = make_machine(number);
    if (machine.kind() != MachineKind::web_server) continue;
    const auto watts = [&](WallTime time) -> std::optional<double> {
      const auto* report = machine.report(time);
      if (report == nullptr) return std::nullopt;
      return model::find_value(report->metrics, model::Metric::host_power_watts);
    };
    const auto busy = watts(at(2, 11));
    const auto idle = watts(at(2, 4, 59));
    if (!busy || !idle) {
      ++without;
      continue;
    }
    ++with;
    EXPECT_GE(*busy, *idle - 4) << machine.name();
  }
  EXPECT_GT(with, 3);
  EXPECT_GT(without, 0);
}

/// Everything that is to happen now and then does happen.
TEST(Machine, AFleetLivesThroughAllThatMachinesLiveThrough) {
  std::set<std::string> ids;
  std::set<model::ContainerState> states;
  std::set<std::int64_t> exit_codes;
  std::set<std::size_t> logins;
  std::map<MachineKind, int> kinds;
  int away = 0;
  int unknown = 0;
  int out_of_memory = 0;
  for (std::uint32_t number = 0; number < 40; ++number) {
    Machine machine = make_machine(number);
    ++kinds[machine.kind()];
    for (WallTime time = kMonday; time < at(8, 0); time += Milliseconds(110'000)) {
      const model::Report* report = machine.report(time);
      if (report == nullptr) {
        ++away;
        continue;
      }
      logins.insert(report->users.size());
      if (!report->containers) {
        ++unknown;
        ASSERT_EQ(report->problems.size(), 1u);
        continue;
      }
      for (const model::Container& one : *report->containers) {
        ids.insert(one.name + one.id);
        states.insert(one.state);
        if (one.exit_code) exit_codes.insert(*one.exit_code);
        if (one.status_text.starts_with("Restarting (137)")) ++out_of_memory;
      }
    }
  }
  EXPECT_EQ(kinds.size(), 4u);
  EXPECT_GT(ids.size(), 40 * 8u) << "deployments bring new ids";
  EXPECT_THAT(states, testing::ElementsAre(model::ContainerState::running,
                                           model::ContainerState::restarting,
                                           model::ContainerState::exited));
  EXPECT_THAT(exit_codes, testing::IsSupersetOf({std::int64_t{0}, std::int64_t{137}}));
  EXPECT_GT(logins.size(), 2u);
  EXPECT_GT(away, 50);
  EXPECT_GT(unknown, 50);
  EXPECT_GT(out_of_memory, 0);
}

TEST(Machine, ALeakEndsAtTheLimitAndBeginsAnew) {
  // The machine's second container leaks: see kind.cc.
  Machine machine = make_machine(0);
  double highest = 0;
  double lowest_after = 1e15;
  double limit = 0;
  watch(machine, 14, Milliseconds(20'000), [&](WallTime, const model::Report& report) {
    for (const model::Container& one : *report.containers) {
      if (!one.name.starts_with("shop-") || one.metrics.empty()) continue;
      limit = *model::find_value(one.metrics, model::Metric::container_memory_limit_bytes);
      highest = std::max(highest, one.metrics[1].value);
      if (highest > 0.9 * limit) lowest_after = std::min(lowest_after, one.metrics[1].value);
    }
  });
  EXPECT_GT(highest, 0.9 * limit);
  EXPECT_LT(lowest_after, 0.5 * limit);
}

TEST(Noise, DriftIsSmoothAndWithinItsBounds) {
  for (std::int64_t ms = -kHour; ms < kHour; ms += 997) {
    const double value = drift(3, ms, kMinute);
    ASSERT_GE(value, -1);
    ASSERT_LE(value, 1);
    ASSERT_LT(std::abs(drift(3, ms + 997, kMinute) - value), 0.06);
  }
}

TEST(Noise, AHappeningIsOnceADayAtMostAndInItsHours) {
  const Happening happening{11, 0.3, 9 * kHour, 17 * kHour, false, 20};
  std::int64_t last = -1;
  int days = 0;
  for (std::int64_t day = 0; day < 400; ++day) {
    const auto moment = happening.on(day);
    if (moment) {
      ++days;
      EXPECT_GE(*moment, day * kDay + 9 * kHour);
      EXPECT_LT(*moment, day * kDay + 17 * kHour);
      last = *moment;
    }
    if (last < 0) continue;
    EXPECT_EQ(happening.last((day + 1) * kDay - 1), last);
  }
  EXPECT_GT(days, 60);
  EXPECT_LT(days, 140);
}

}  // namespace
}  // namespace wakeful::sim
