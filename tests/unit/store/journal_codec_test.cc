#include "store/journal_codec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "support/store_reports.h"

namespace wakeful::store {
namespace {

using model::EntityKind;
using model::Metric;
using model::MetricValue;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string encoded(const AcceptedReport& report, const std::vector<std::uint32_t>& numbers) {
  std::string bytes;
  encode_figures(report, numbers, bytes);
  return bytes;
}

Figures decoded(const std::string& bytes) {
  auto figures = decode_figures(bytes);
  EXPECT_TRUE(figures.has_value()) << figures.error().message;
  return figures ? *figures : Figures();
}

TEST(Steps, EveryMetricComesBackWithinHalfAQuantum) {
  std::mt19937_64 random(1);
  for (const auto& info : model::metric_catalogue()) {
    std::uniform_real_distribution<double> values(info.minimum, info.maximum);
    for (int i = 0; i < 1000; ++i) {
      const double value = values(random);
      const auto steps = to_steps(info.metric, value);
      ASSERT_TRUE(steps) << info.name;
      const double back = from_steps(info.metric, *steps);
      EXPECT_LE(std::abs(back - value), info.quantum * 0.500001) << info.name << " " << value;
      EXPECT_EQ(to_steps(info.metric, back), steps) << info.name;
    }
    EXPECT_EQ(from_steps(info.metric, *to_steps(info.metric, info.minimum)), info.minimum);
    EXPECT_NEAR(from_steps(info.metric, *to_steps(info.metric, info.maximum)), info.maximum,
                info.quantum / 2);
  }
}

TEST(Steps, DecimalFractionsComeBackAsTheyAreWritten) {
  EXPECT_EQ(from_steps(Metric::host_cpu_ratio, 1234), 0.1234);
  EXPECT_EQ(from_steps(Metric::host_power_watts, 352), 35.2);
  EXPECT_EQ(from_steps(Metric::host_load1, 7), 0.07);
}

TEST(Steps, WhatIsNoNumberOrTooLargeHasNone) {
  for (const double value : {kNaN, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), 1e300, -1e300}) {
    EXPECT_EQ(to_steps(Metric::host_cpu_ratio, value), std::nullopt);
  }
  EXPECT_EQ(to_steps(static_cast<Metric>(9999), 1), std::nullopt);
  EXPECT_EQ(to_steps(static_cast<Metric>(0), 1), std::nullopt);
}

TEST(Figures, AreTheBytesTheFormatSays) {
  auto report = test::make_report(1, 1, test::kStart);
  report.report.time = report.time - Milliseconds(2);
  report.report.metrics = {{Metric::host_load1, 0.64}, {Metric::host_cpu_ratio, 0.0005}};
  report.report.core_cpu_ratio = {0, kNaN};
  report.report.containers = {test::make_container("b", 0.0001, 0),
                              test::make_container("a", 0.0002, 4096)};
  // The example of docs/formats/embedded-store.md.
  const std::string expected(
      "\x01\x02\x4a\x03"
      "\x02\x01\x0a\x06\x80\x01"
      "\x02\x01\x00"
      "\x02\x01\x02\x64\x04\x01\x02\x02\x02\x64\x02\x01\x00",
      26);
  EXPECT_EQ(encoded(report, {3, 1}), expected);
}

/// A report with anything in it that reports can have.
AcceptedReport random_report(std::mt19937_64& random, std::vector<std::uint32_t>& numbers) {
  const auto below = [&](std::uint64_t end) { return random() % end; };
  const auto value = [&](const model::MetricInfo& info) {
    return from_steps(
        info.metric,
        *to_steps(info.metric, info.maximum * static_cast<double>(below(1001)) / 1000));
  };
  auto report = test::make_report(1, 5, test::kStart);
  report.received = report.time + Milliseconds(static_cast<std::int64_t>(below(100'000)) - 50'000);
  auto& said = report.report;
  if (below(2) == 0) said.time = report.time + Milliseconds(below(1 << 20));
  if (below(2) == 0) said.time = std::nullopt;
  if (below(3) == 0) said.time_text = "2026-11-20 04:12:25";
  said.greeting = below(5) == 0;
  for (const auto& info : model::metric_catalogue()) {
    if (info.entity == EntityKind::host && below(3) > 0) {
      said.metrics.push_back({info.metric, value(info)});
    }
  }
  for (auto count = below(20); count > 0; --count) {
    said.core_cpu_ratio.push_back(below(4) == 0 ? kNaN
                                                : static_cast<double>(below(10'001)) / 10'000);
  }
  said.containers.emplace();
  for (std::uint32_t number = 1; number < 30; ++number) {
    if (below(2) == 0) continue;
    model::Container container;
    container.name = std::to_string(number);
    for (const auto& info : model::metric_catalogue()) {
      if (info.entity == EntityKind::container && below(3) > 0) {
        container.metrics.push_back({info.metric, value(info)});
      }
    }
    said.containers->push_back(container);
    numbers.push_back(number * 1000);
  }
  return report;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TEST(Figures, OfAnyReportComeBack) {
  std::mt19937_64 random(2);
  for (int turn = 0; turn < 500; ++turn) {
    std::vector<std::uint32_t> numbers;
    const auto report = random_report(random, numbers);
    const auto figures = decoded(encoded(report, numbers));
    EXPECT_EQ(later_by(report.time, figures.delay), report.received);
    EXPECT_EQ(figures.agent_clock_offset.has_value(), report.report.time.has_value());
    if (report.report.time) {
      EXPECT_EQ(later_by(report.time, *figures.agent_clock_offset), *report.report.time);
    }
    EXPECT_EQ(figures.time_text, report.report.time_text);
    EXPECT_EQ(figures.greeting, report.report.greeting);
    EXPECT_EQ(figures.host, report.report.metrics);
    EXPECT_TRUE(std::ranges::equal(figures.core_cpu_ratio, report.report.core_cpu_ratio, same));
    std::size_t next = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto& container = (*report.report.containers)[i];
      if (container.metrics.empty()) continue;
      ASSERT_LT(next, figures.containers.size());
      EXPECT_EQ(figures.containers[next].number, numbers[i]);
      EXPECT_EQ(figures.containers[next].metrics, container.metrics);
      ++next;
    }
    EXPECT_EQ(next, figures.containers.size());
  }
}

TEST(Figures, OneEntityIsReadAsAllOfThemAre) {
  std::mt19937_64 random(3);
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<std::uint32_t> numbers;
    const auto report = random_report(random, numbers);
    const auto bytes = encoded(report, numbers);
    const auto figures = decoded(bytes);
    for (const auto& info : model::metric_catalogue()) {
      if (info.entity != EntityKind::container) continue;
      const Metric metrics[] = {info.metric};
      for (std::uint32_t number = 0; number < 31'000; number += 500) {
        double value = 0;
        const auto measured =
            read_entity(bytes, EntityKind::container, number, metrics, std::span(&value, 1));
        ASSERT_TRUE(measured.has_value());
        const auto found = std::ranges::find(figures.containers, number, &ContainerFigures::number);
        ASSERT_EQ(*measured, found != figures.containers.end());
        const auto expected =
            *measured ? model::find_value(found->metrics, info.metric) : std::optional<double>();
        EXPECT_TRUE(same(value, expected.value_or(kNaN)));
      }
    }
  }
}

TEST(Figures, TheFirstOfAMetricOrContainerGivenTwiceCounts) {
  auto report = test::make_report(1, 1, test::kStart);
  report.report.metrics = {
      {Metric::host_users, 1}, {Metric::host_cpu_ratio, 0.5}, {Metric::host_users, 2}};
  report.report.containers = {test::make_container("a", 0.1, 0), test::make_container("a", 0.2, 0)};
  const auto figures = decoded(encoded(report, {4, 4}));
  EXPECT_EQ(figures.host,
            (std::vector<MetricValue>{{Metric::host_cpu_ratio, 0.5}, {Metric::host_users, 1}}));
  ASSERT_EQ(figures.containers.size(), 1U);
  EXPECT_EQ(figures.containers[0].metrics[0].value, 0.1);
}

TEST(Figures, MetricsOfANewerProgramAreLeftOut) {
  // Metrics 1, 70 (a gap in the catalogue) and 4000.
  const std::string bytes("\x01\x00\x00\x03\x01\x0a\x45\x02\xda\x1e\x02\x00\x00", 13);
  const auto figures = decoded(bytes);
  EXPECT_EQ(figures.host, (std::vector<MetricValue>{{Metric::host_cpu_ratio, 0.0005}}));
}

TEST(Figures, OfANewerFormatAreRefusedByName) {
  const auto refused = decode_figures(std::string("\x02\x00\x00", 3));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::io);
  EXPECT_NE(refused.error().message.find("format 1, got 2"), std::string::npos);
}

TEST(Figures, CutAnywhereAreRefused) {
  const auto report = test::make_full_report(1, 1, 3);
  const auto bytes = encoded(report, {1, 2, 300});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_figures(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(decode_figures(bytes + '\0').has_value());
}

TEST(Figures, AndFactsOfAnyBytesNeverCrash) {
  std::mt19937_64 random(4);
  auto report = test::make_full_report(1, 1, 5);
  report.report.users = {{"kim", "pts/0", "", test::kStart}};
  report.report.problems = {{"docker", Errc::denied, "no"}};
  const auto figures = encoded(report, {1, 2, 3, 4, 5});
  std::string facts;
  encode_facts(report.report, facts);
  const Metric metrics[] = {Metric::container_cpu_ratio};
  double value = 0;
  for (int turn = 0; turn < 20'000; ++turn) {
    auto bytes = turn % 2 == 0 ? figures : facts;
    for (auto flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    static_cast<void>(decode_figures(bytes));
    static_cast<void>(decode_facts(bytes));
    static_cast<void>(read_entity(bytes, EntityKind::container, 5, metrics, std::span(&value, 1)));
  }
}

TEST(Figures, ACountBeyondTheBytesReservesNothing) {
  // 2^60 cores in 12 bytes.
  const std::string bytes("\x01\x00\x00\x00\x80\x80\x80\x80\x80\x80\x80\x80\x10", 13);
  EXPECT_FALSE(decode_figures(bytes).has_value());
}

TEST(Facts, OfAReportComeBackWithoutFigures) {
  auto report = test::make_full_report(1, 1, 3).report;
  report.users = {{"kim", "pts/0", "10.0.0.5", test::kStart}, {"root", "", "", std::nullopt}};
  report.problems = {{"power", Errc::too_large, "x"}};
  (*report.containers)[1].exit_code = -9;
  std::string bytes;
  encode_facts(report, bytes);
  const auto back = decode_facts(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->origin, report.origin);
  EXPECT_EQ(back->boot_id, report.boot_id);
  EXPECT_EQ(back->agent_run, report.agent_run);
  EXPECT_EQ(back->interval, report.interval);
  EXPECT_EQ(back->facts, report.facts);
  EXPECT_EQ(back->users, report.users);
  EXPECT_EQ(back->problems, report.problems);
  for (auto& container : *report.containers) container.metrics.clear();
  EXPECT_EQ(back->containers, report.containers);
  EXPECT_TRUE(back->metrics.empty());
  EXPECT_TRUE(back->core_cpu_ratio.empty());
}

TEST(Facts, ContainersThatAreNotKnownAreNotNone) {
  model::Report report;
  for (const auto& containers : {std::optional<std::vector<model::Container>>(),
                                 std::optional(std::vector<model::Container>())}) {
    report.containers = containers;
    std::string bytes;
    encode_facts(report, bytes);
    const auto back = decode_facts(bytes);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->containers, containers);
  }
}

TEST(Facts, AreTheSameForReportsThatDifferInFiguresOnly) {
  std::string one;
  std::string other;
  encode_facts(test::make_full_report(1, 1, 3).report, one);
  encode_facts(test::make_full_report(1, 2, 3).report, other);
  EXPECT_EQ(one, other);
}

TEST(Facts, CutAnywhereAreRefused) {
  auto report = test::make_full_report(1, 1, 2).report;
  std::string bytes;
  encode_facts(report, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_facts(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(decode_facts(bytes + '\0').has_value());
}

}  // namespace
}  // namespace wakeful::store
