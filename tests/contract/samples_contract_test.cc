// What store/samples.h promises, over every registered store.
#include <algorithm>
#include <cmath>
#include <limits>

#include "store_fixture.h"

namespace wakeful::store {
namespace {

using model::EntityKind;
using model::Metric;
using std::chrono::seconds;
using test::kStart;
using test::make_container;
using test::make_full_report;
using test::make_report;

INSTANTIATE_TEST_SUITE_P(Stores, SamplesContract, ::testing::ValuesIn(store_schemes()),
                         scheme_name);

TEST_P(SamplesContract, AStoreWithNothingInItIsEmpty) {
  const auto columns = read(cpu_of(1));
  EXPECT_TRUE(columns.times.empty());
  ASSERT_EQ(columns.values.size(), 1U);
  EXPECT_TRUE(columns.values[0].empty());
  EXPECT_FALSE(columns.more);
  EXPECT_TRUE(value_of(samples().last_reports()).empty());
  EXPECT_TRUE(append(std::vector<AcceptedReport>{}).empty());
}

TEST_P(SamplesContract, ValuesComeBackOldestFirst) {
  append({make_report(1, 3, 0.3), make_report(1, 1, 0.1), make_report(1, 2, 0.2)});
  const auto columns = read(cpu_of(1));
  EXPECT_EQ(columns.times,
            (std::vector{kStart + seconds(8), kStart + seconds(16), kStart + seconds(24)}));
  EXPECT_EQ(columns.values, (std::vector<std::vector<double>>{{0.1, 0.2, 0.3}}));
}

TEST_P(SamplesContract, ServersAreKeptApart) {
  append({make_report(1, 1, 0.1), make_report(2, 1, 0.2), make_report(3, 1, 0.3)});
  EXPECT_EQ(read(cpu_of(2)).values[0], std::vector{0.2});
}

TEST_P(SamplesContract, EveryMetricKeepsItsQuantumExactly) {
  for (const auto& info : model::metric_catalogue()) {
    const auto sequence = static_cast<std::int64_t>(info.metric);
    // 12,345 steps, or the highest value where that is less.
    const double value =
        std::min(info.quantum < 1 ? 12'345 / std::round(1 / info.quantum) : 12'345 * info.quantum,
                 info.maximum);
    auto report = make_report(1, sequence, kStart + seconds(sequence));
    SampleQuery query;
    query.server = model::ServerId{1};
    query.entity = info.entity;
    query.metrics = {info.metric};
    query.limit = 1;
    if (info.entity == EntityKind::host) {
      report.report.metrics = {{info.metric, value}};
    } else if (info.entity == EntityKind::core) {
      report.report.core_cpu_ratio = {value};
      query.entity_name = "0";
    } else {
      report.report.containers = {make_container("web", 0, 0)};
      (*report.report.containers)[0].metrics = {{info.metric, value}};
      query.entity_name = "web";
    }
    append(report);
    const auto columns = read(query);
    ASSERT_EQ(columns.values[0].size(), 1U) << info.name;
    EXPECT_EQ(columns.values[0][0], value) << info.name;
  }
}

TEST_P(SamplesContract, ValuesBetweenTwoStepsGoToTheNearer) {
  append(make_report(1, 1, 0.12344999));
  append(make_report(1, 2, 0.12345001));
  EXPECT_EQ(read(cpu_of(1)).values[0], (std::vector{0.1234, 0.1235}));
}

TEST_P(SamplesContract, AMissingValueIsNaN) {
  auto report = make_report(1, 2, 0.5);
  report.report.metrics = {{Metric::host_users, 2}};
  append({make_report(1, 1, 0.1), report, make_report(1, 3, 0.3)});
  auto query = cpu_of(1);
  query.metrics = {Metric::host_users, Metric::host_cpu_ratio};
  const auto columns = read(query);
  ASSERT_EQ(columns.times.size(), 3U);
  EXPECT_TRUE(std::isnan(columns.values[0][0]));
  EXPECT_EQ(columns.values[0][1], 2);
  EXPECT_EQ(columns.values[1][0], 0.1);
  EXPECT_TRUE(std::isnan(columns.values[1][1]));
  EXPECT_EQ(columns.values[1][2], 0.3);
}

TEST_P(SamplesContract, ValuesThatAreNoNumbersAreMissing) {
  auto report = make_report(1, 1, std::numeric_limits<double>::quiet_NaN());
  report.report.metrics.push_back({Metric::host_load1, std::numeric_limits<double>::infinity()});
  report.report.metrics.push_back({Metric::host_load5, 1e300});
  report.report.metrics.push_back({Metric::host_users, 1});
  append(report);
  auto query = cpu_of(1);
  query.metrics = {Metric::host_cpu_ratio, Metric::host_load1, Metric::host_load5,
                   Metric::host_users};
  const auto columns = read(query);
  ASSERT_EQ(columns.times.size(), 1U);
  EXPECT_TRUE(std::isnan(columns.values[0][0]));
  EXPECT_TRUE(std::isnan(columns.values[1][0]));
  EXPECT_TRUE(std::isnan(columns.values[2][0]));
  EXPECT_EQ(columns.values[3][0], 1);
}

TEST_P(SamplesContract, AReportWithoutHostValuesIsNoSampleOfTheHost) {
  auto greeting = make_report(1, 2, kStart + seconds(16));
  greeting.report.greeting = true;
  append({make_report(1, 1, 0.1), greeting});
  EXPECT_EQ(read(cpu_of(1)).values[0], std::vector{0.1});
}

TEST_P(SamplesContract, CoresAreReadByIndexAndAnOfflineOneIsNaN) {
  auto report = make_report(1, 1, 0.5);
  report.report.core_cpu_ratio = {0.25, std::numeric_limits<double>::quiet_NaN(), 1};
  append(report);
  SampleQuery query;
  query.server = model::ServerId{1};
  query.entity = EntityKind::core;
  query.metrics = {Metric::core_cpu_ratio};
  query.entity_name = "0";
  EXPECT_EQ(read(query).values[0], std::vector{0.25});
  query.entity_name = "1";
  ASSERT_EQ(read(query).values[0].size(), 1U);
  EXPECT_TRUE(std::isnan(read(query).values[0][0]));
  query.entity_name = "2";
  EXPECT_EQ(read(query).values[0], std::vector{1.0});
  query.entity_name = "3";
  EXPECT_TRUE(read(query).times.empty());
  query.entity_name = "first";
  const auto refused = samples().read(query);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::invalid);
}

TEST_P(SamplesContract, ContainersComeAndGo) {
  const auto with = [](std::int64_t sequence, std::vector<model::Container> containers) {
    auto report = make_report(1, sequence, 0.5);
    report.report.containers = std::move(containers);
    return report;
  };
  append({with(1, {make_container("web", 0.1, 65536), make_container("db", 0.2, 131072)}),
          with(2, {make_container("db", 0.3, 8192)}), with(3, {}),
          with(4, {make_container("cache", 0.4, 65536), make_container("web", 0.5, 196608)})});
  const auto web = read(container_query(1, "web"));
  EXPECT_EQ(web.times, (std::vector{kStart + seconds(8), kStart + seconds(32)}));
  EXPECT_EQ(web.values, (std::vector<std::vector<double>>{{0.1, 0.5}, {65536, 196608}}));
  EXPECT_EQ(read(container_query(1, "db")).values[0], (std::vector{0.2, 0.3}));
  EXPECT_EQ(read(container_query(1, "cache")).values[0], std::vector{0.4});
  EXPECT_TRUE(read(container_query(1, "never")).times.empty());
  EXPECT_TRUE(read(container_query(2, "web")).times.empty());
}

TEST_P(SamplesContract, AContainerThatDoesNotRunHasNoSample) {
  auto report = make_report(1, 1, 0.5);
  report.report.containers = {make_container("job", 0, 0)};
  (*report.report.containers)[0].metrics.clear();
  append(report);
  EXPECT_TRUE(read(container_query(1, "job")).times.empty());
}

TEST_P(SamplesContract, ContainersInAnyOrderAndWithAnyNameAreToldApart) {
  const std::vector<std::string> names = {"z", "a", std::string(255, 'x'), "한글 이름", "'; DROP"};
  for (std::int64_t turn = 0; turn < 5; ++turn) {
    auto report = make_report(1, turn, 0.5);
    report.report.containers.emplace();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& name = names[(i + static_cast<std::size_t>(turn)) % names.size()];
      report.report.containers->push_back(
          make_container(name, static_cast<double>(name.size()) / 1000, 0));
    }
    append(report);
  }
  for (const auto& name : names) {
    const std::vector<double> same(5, static_cast<double>(name.size()) / 1000);
    EXPECT_EQ(read(container_query(1, name)).values[0], same) << name;
  }
}

TEST_P(SamplesContract, ARepeatIsAnsweredAndNotStored) {
  EXPECT_EQ(append(make_report(1, 1, 0.1)), std::vector{Appended::stored});
  EXPECT_EQ(append(make_report(1, 1, 0.1)), std::vector{Appended::repeated});
  EXPECT_EQ(read(cpu_of(1)).times.size(), 1U);
}

TEST_P(SamplesContract, ARepeatWithAnotherCorrectedTimeIsARepeat) {
  append(make_report(1, 1, 0.1));
  auto again = make_report(1, 1, 0.1);
  again.time += Milliseconds(250);
  EXPECT_EQ(append(again), std::vector{Appended::repeated});
  EXPECT_EQ(read(cpu_of(1)).times, std::vector{kStart + seconds(8)});
}

TEST_P(SamplesContract, ARepeatWithinOneBatchIsStoredOnce) {
  EXPECT_EQ(append({make_report(1, 1, 0.1), make_report(2, 1, 0.2), make_report(1, 1, 0.1)}),
            (std::vector{Appended::stored, Appended::stored, Appended::repeated}));
  EXPECT_EQ(read(cpu_of(1)).times.size(), 1U);
}

TEST_P(SamplesContract, ARepeatIsKnownAfterReopening) {
  append({make_report(1, 1, 0.1), make_report(1, 2, 0.2)});
  reopen();
  EXPECT_EQ(append({make_report(1, 2, 0.2), make_report(1, 1, 0.1), make_report(1, 3, 0.3)}),
            (std::vector{Appended::repeated, Appended::repeated, Appended::stored}));
}

TEST_P(SamplesContract, SequencesInAnyOrderAreStoredOnceEach) {
  // As of an old protocol: numbers that jump, more of them than are kept in memory.
  std::vector<std::int64_t> sequences;
  for (std::int64_t i = 0; i < 300; ++i) sequences.push_back((i * 7919) % 300 * 1000 - 100'000);
  for (const auto sequence : sequences) {
    EXPECT_EQ(append(make_report(1, sequence, 0.5)), std::vector{Appended::stored}) << sequence;
  }
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto sequence : sequences) {
      EXPECT_EQ(append(make_report(1, sequence, 0.5)), std::vector{Appended::repeated}) << sequence;
    }
    reopen();
  }
  EXPECT_EQ(read(cpu_of(1, 1000)).times.size(), 300U);
}

TEST_P(SamplesContract, TheSameSequenceOfAnotherRunIsAnotherReport) {
  auto other = make_report(1, 1, 0.2);
  other.key.source = 7;
  EXPECT_EQ(append({make_report(1, 1, 0.1), other}),
            (std::vector{Appended::stored, Appended::stored}));
  EXPECT_EQ(read(cpu_of(1)).times.size(), 2U);
}

TEST_P(SamplesContract, ManyRunsOfOneServerAreAllRemembered) {
  for (std::uint64_t source = 1; source <= 40; ++source) {
    auto report = make_report(1, 1, 0.5);
    report.key.source = source;
    EXPECT_EQ(append(report), std::vector{Appended::stored});
  }
  for (std::uint64_t source = 1; source <= 40; ++source) {
    auto report = make_report(1, 1, 0.5);
    report.key.source = source;
    EXPECT_EQ(append(report), std::vector{Appended::repeated}) << source;
  }
}

TEST_P(SamplesContract, TheNewestSamplesWithinTheLimitAreRead) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 100; ++i) reports.push_back(make_report(1, i, i / 1000.0));
  append(reports);
  const auto newest = read(cpu_of(1, 10));
  EXPECT_TRUE(newest.more);
  ASSERT_EQ(newest.times.size(), 10U);
  EXPECT_EQ(newest.values[0].front(), 0.09);
  EXPECT_EQ(newest.values[0].back(), 0.099);
  EXPECT_FALSE(read(cpu_of(1, 100)).more);
  EXPECT_EQ(read(cpu_of(1, 100)).times.size(), 100U);
  EXPECT_TRUE(read(cpu_of(1, 0)).more);
}

TEST_P(SamplesContract, PagingBackGivesEverySampleOnce) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 95; ++i) reports.push_back(make_report(1, i, i / 1000.0));
  append(reports);
  auto query = cpu_of(1, 10);
  std::vector<double> all;
  for (int page = 0; page < 10; ++page) {
    const auto columns = read(query);
    ASSERT_FALSE(columns.times.empty());
    all.insert(all.begin(), columns.values[0].begin(), columns.values[0].end());
    EXPECT_EQ(columns.more, page < 9);
    query.before = columns.times.front();
  }
  ASSERT_EQ(all.size(), 95U);
  for (int i = 0; i < 95; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i / 1000.0);
}

TEST_P(SamplesContract, FromIsInclusiveAndBeforeIsExclusive) {
  for (int i = 0; i < 10; ++i) append(make_report(1, i, i / 10.0));
  auto query = cpu_of(1);
  query.from = kStart + seconds(8) * 3;
  query.before = kStart + seconds(8) * 6;
  EXPECT_EQ(read(query).values[0], (std::vector{0.3, 0.4, 0.5}));
  EXPECT_FALSE(read(query).more);
}

TEST_P(SamplesContract, AContainersPagesSkipReportsWithoutIt) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 9000; ++i) {
    reports.push_back(make_report(1, i, 0.5));
    reports.back().report.containers.emplace();
    if (i % 1000 == 0) {
      reports.back().report.containers->push_back(make_container("rare", i / 10'000.0, 0));
    }
  }
  append(reports);
  auto query = container_query(1, "rare");
  query.limit = 4;
  const auto newest = read(query);
  EXPECT_EQ(newest.values[0], (std::vector{0.5, 0.6, 0.7, 0.8}));
  EXPECT_TRUE(newest.more);
  query.before = newest.times.front();
  query.limit = 5;
  const auto rest = read(query);
  EXPECT_EQ(rest.values[0], (std::vector{0.0, 0.1, 0.2, 0.3, 0.4}));
  EXPECT_FALSE(rest.more);
}

TEST_P(SamplesContract, BackFilledReportsStandAtTheirOwnTime) {
  append({make_report(1, 10, 0.9), make_report(1, 2, 0.2), make_report(1, 3, 0.3)});
  EXPECT_EQ(read(cpu_of(1)).values[0], (std::vector{0.2, 0.3, 0.9}));
  // Containers too: the first report that names one need not be the oldest.
  auto late = make_report(1, 1'000'000, 0.5);
  late.report.containers = {make_container("web", 0.7, 0)};
  auto early = make_report(1, 4, 0.5);
  early.report.containers = {make_container("web", 0.4, 0)};
  append(late);
  append(early);
  reopen();
  EXPECT_EQ(read(container_query(1, "web")).values[0], (std::vector{0.4, 0.7}));
}

TEST_P(SamplesContract, EverythingIsThereAfterReopening) {
  for (int i = 0; i < 50; ++i) append(make_full_report(1, i, 3));
  const auto before = read(container_query(1, "container-1"));
  const auto host_before = read(cpu_of(1));
  reopen();
  EXPECT_EQ(read(container_query(1, "container-1")).values, before.values);
  EXPECT_EQ(read(cpu_of(1)).values, host_before.values);
  append(make_full_report(1, 50, 4));
  EXPECT_EQ(read(container_query(1, "container-3")).times.size(), 1U);
}

TEST_P(SamplesContract, LastReportsGiveFactsAndFigures) {
  auto report = make_full_report(1, 7, 2);
  auto& said = report.report;
  said.time = report.time + Milliseconds(4321);
  said.core_cpu_ratio = {0.25, 0.5, 0.75, 1};
  said.users = {{"kim", "pts/0", "10.0.0.5", kStart}, {"root", "", "", std::nullopt}};
  said.problems = {{"power", Errc::denied, "/sys/class/powercap: Permission denied"}};
  model::Container ended;
  ended.name = "job";
  ended.state = model::ContainerState::exited;
  ended.exit_code = -137;
  ended.node_name = "node 1";
  said.containers->insert(said.containers->begin(), ended);
  append({make_full_report(1, 6, 3), report, make_full_report(2, 9, 0)});
  for (int turn = 0; turn < 2; ++turn) {
    const auto last = value_of(samples().last_reports());
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(last[1].server, model::ServerId{2});
    const auto& got = last[0];
    EXPECT_EQ(got.server, report.server);
    EXPECT_EQ(got.key, report.key);
    EXPECT_EQ(got.time, report.time);
    EXPECT_EQ(got.received, report.received);
    EXPECT_EQ(got.report.origin, said.origin);
    EXPECT_EQ(got.report.boot_id, said.boot_id);
    EXPECT_EQ(got.report.agent_run, said.agent_run);
    EXPECT_EQ(got.report.sequence, said.sequence);
    EXPECT_EQ(got.report.time, said.time);
    EXPECT_EQ(got.report.interval, said.interval);
    EXPECT_EQ(got.report.facts, said.facts);
    EXPECT_EQ(got.report.metrics, said.metrics);
    EXPECT_EQ(got.report.core_cpu_ratio, said.core_cpu_ratio);
    EXPECT_EQ(got.report.users, said.users);
    EXPECT_EQ(got.report.containers, said.containers);
    EXPECT_EQ(got.report.problems, said.problems);
    EXPECT_FALSE(got.report.greeting);
    reopen();
  }
}

TEST_P(SamplesContract, LastReportsKeepWhatOldProtocolsSay) {
  auto report = make_report(1, 5, kStart);
  report.key = {0, 1'795'158'745'123};
  report.report = {};
  report.report.origin = model::Origin::monitor_info;
  report.report.time_text = "2026-11-20 04:12:25";
  report.report.metrics = {{Metric::host_cpu_ratio, 0.5}};
  auto greeting = make_report(2, 5, kStart);
  greeting.report = {};
  greeting.report.origin = model::Origin::collector;
  greeting.report.greeting = true;
  append({report, greeting});
  const auto last = value_of(samples().last_reports());
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].key, report.key);
  EXPECT_EQ(last[0].report.origin, model::Origin::monitor_info);
  EXPECT_EQ(last[0].report.time_text, report.report.time_text);
  EXPECT_EQ(last[0].report.time, std::nullopt);
  EXPECT_EQ(last[0].report.sequence, 0U);
  EXPECT_EQ(last[0].report.containers, std::nullopt);
  EXPECT_TRUE(last[1].report.greeting);
}

TEST_P(SamplesContract, AnOlderReportDoesNotChangeTheFacts) {
  auto newest = make_report(1, 10, 0.5);
  newest.report.facts.kernel = "6.1.0-18-amd64";
  auto older = make_report(1, 2, 0.2);
  older.report.facts.kernel = "5.10.0-1-amd64";
  append(newest);
  append(older);
  reopen();
  append(make_report(1, 3, 0.1));
  const auto last = value_of(samples().last_reports());
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].report.facts.kernel, "6.1.0-18-amd64");
  EXPECT_EQ(last[0].report.metrics[0].value, 0.5);
}

}  // namespace
}  // namespace wakeful::store
