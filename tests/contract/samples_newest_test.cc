// What store/samples.h promises about newest and highest values and coverage, over every registered
// store.
#include "series_fixture.h"

namespace wakeful::store {
namespace {

using model::EntityKind;
using model::Metric;
using model::ServerId;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SamplesNewest : public SamplesSeries {};

INSTANTIATE_TEST_SUITE_P(Stores, SamplesNewest, ::testing::ValuesIn(store_schemes()), scheme_name);

TEST_P(SamplesNewest, NewestGivesEveryEntityOfAKind) {
  append_hours();
  const std::vector metrics{Metric::host_power_watts, Metric::host_cpu_ratio};
  const auto hosts = value_of(samples().newest(EntityKind::host, metrics, {}));
  ASSERT_EQ(hosts.size(), 2U);
  for (std::int64_t server = 1; server <= 2; ++server) {
    const auto& host = hosts[static_cast<std::size_t>(server - 1)];
    const auto last = report_at(server, kReports - 1, kMorning);
    EXPECT_EQ(host.server, ServerId{server});
    EXPECT_EQ(host.entity_name, "");
    EXPECT_EQ(host.time, last.time);
    ASSERT_EQ(host.values.size(), 2U);
    EXPECT_TRUE(std::isnan(host.values[0]));
    EXPECT_EQ(host.values[1], last.report.metrics[0].value);
  }
  const std::vector core_metric{Metric::core_cpu_ratio};
  const std::vector only_second{ServerId{2}};
  auto cores = value_of(samples().newest(EntityKind::core, core_metric, only_second));
  std::ranges::sort(cores, {}, &NewestValues::entity_name);
  ASSERT_EQ(cores.size(), 2U);
  EXPECT_EQ(cores[0].entity_name, "0");
  EXPECT_EQ(cores[1].entity_name, "1");
  EXPECT_EQ(cores[0].server, ServerId{2});
  const auto nobody = std::vector{ServerId{77}};
  EXPECT_TRUE(value_of(samples().newest(EntityKind::host, metrics, nobody)).empty());
}

TEST_P(SamplesNewest, NewestIsTheSameAfterReopeningAndClosingTheDay) {
  append_hours();
  const std::vector metric{Metric::container_cpu_ratio};
  const std::vector first{ServerId{1}};
  const auto web = [&]() -> double {
    for (const auto& one : value_of(samples().newest(EntityKind::container, metric, first))) {
      if (one.entity_name == "web") return one.values.at(0);
    }
    return test::kMissing;
  };
  const double expected =
      report_at(1, kReports - 1, kMorning).report.containers->at(0).metrics[0].value;
  EXPECT_EQ(web(), expected);
  reopen();
  EXPECT_EQ(web(), expected);
  maintain(kMorning + hours(48));
  EXPECT_EQ(web(), expected);
  // A late report does not become the newest.
  add({report_at(2, 400, kMorning), report_at(1, 20'000, kMorning - minutes(10))});
  EXPECT_EQ(web(), expected);
}

/// Three servers whose ratio says who they are and when.
class SamplesTop : public SamplesSeries {
 protected:
  void SetUp() override {
    SamplesSeries::SetUp();
    std::vector<AcceptedReport> reports;
    for (std::int64_t server = 1; server <= 3; ++server) {
      for (int i = 0; i < 60; ++i) {
        if (server == 3 && i >= 30) continue;  // silent since half past
        auto report = test::make_report(server, i, kMorning + minutes(i));
        report.report.metrics = {
            {Metric::host_cpu_ratio, static_cast<double>(server * 1'000 + i) / 10'000}};
        reports.push_back(report);
      }
    }
    add(reports);
  }
  std::vector<TopEntry> top(std::optional<WallTime> at, std::size_t limit = 10,
                            Milliseconds patience = minutes(10)) {
    TopQuery asked;
    asked.metric = Metric::host_cpu_ratio;
    asked.at = at;
    asked.limit = limit;
    asked.patience = patience;
    return value_of(samples().top(asked));
  }
  static std::vector<std::int64_t> servers(const std::vector<TopEntry>& entries) {
    std::vector<std::int64_t> ids;
    for (const auto& entry : entries) ids.push_back(model::to_number(entry.server));
    return ids;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, SamplesTop, ::testing::ValuesIn(store_schemes()), scheme_name);

TEST_P(SamplesTop, TheHighestNewestValuesComeFirst) {
  const auto entries = top(std::nullopt);
  ASSERT_EQ(servers(entries), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(entries[0].time, kMorning + minutes(29));
  EXPECT_EQ(entries[0].value, 0.3029);
  EXPECT_EQ(entries[1].time, kMorning + minutes(59));
  EXPECT_EQ(entries[1].value, 0.2059);
  EXPECT_EQ(servers(top(std::nullopt, 2)), (std::vector<std::int64_t>{3, 2}));
}

TEST_P(SamplesTop, AtAPastTimeTheValuesOfThenCount) {
  const auto entries = top(kMorning + minutes(20) + seconds(30));
  ASSERT_EQ(servers(entries), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(entries[0].value, 0.302);
  EXPECT_EQ(entries[0].time, kMorning + minutes(20));
  EXPECT_EQ(entries[2].value, 0.102);
  // A sample of that very moment counts.
  const auto that_moment = top(kMorning + minutes(20));
  ASSERT_EQ(that_moment.size(), 3U);
  EXPECT_EQ(that_moment[0].value, 0.302);
  EXPECT_TRUE(top(kMorning - minutes(1)).empty());
}

TEST_P(SamplesTop, OlderThanThePatienceDoesNotCount) {
  EXPECT_EQ(servers(top(kMorning + minutes(38))), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(servers(top(kMorning + minutes(40))), (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(servers(top(kMorning + minutes(40), 10, minutes(30))),
            (std::vector<std::int64_t>{3, 2, 1}));
}

TEST_P(SamplesTop, TheAnswersOutliveReopeningAndClosingTheDay) {
  reopen();
  EXPECT_EQ(servers(top(std::nullopt)), (std::vector<std::int64_t>{3, 2, 1}));
  maintain(kMorning + hours(48));
  EXPECT_EQ(servers(top(std::nullopt)), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(servers(top(kMorning + minutes(40))), (std::vector<std::int64_t>{2, 1}));
  const auto before = top(kMorning + minutes(20));
  ASSERT_EQ(before.size(), 3U);
  EXPECT_EQ(before[1].value, 0.202);
}

TEST_P(SamplesTop, ContainersAndCoresCompeteByName) {
  append_hours(kMorning + hours(2), 20'000);
  TopQuery asked;
  asked.metric = Metric::container_memory_used_bytes;
  asked.limit = 1;
  const auto entries = value_of(samples().top(asked));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].entity_name, "web");
}

TEST_P(SamplesNewest, CoverageIsFullHalfOrNone) {
  std::vector<AcceptedReport> reports;
  for (std::int64_t i = 0; i < 90; ++i) {  // the first quarter of an hour
    reports.push_back(test::make_report(1, i, kMorning + seconds(10) * i));
    reports.back().report.interval = Milliseconds(10'000);
    reports.back().report.metrics = {{Metric::host_cpu_ratio, 0.5}};
  }
  add(reports);
  const auto check_coverage = [&] {
    const auto covered =
        value_of(samples().coverage(ServerId{1}, kMorning, kMorning + minutes(30), minutes(10)));
    EXPECT_EQ(covered.start, kMorning);
    EXPECT_EQ(covered.step, minutes(10));
    ASSERT_EQ(covered.measured_ratio.size(), 3U);
    EXPECT_NEAR(covered.measured_ratio[0], 1, 0.03);
    EXPECT_NEAR(covered.measured_ratio[1], 0.5, 0.05);
    EXPECT_EQ(covered.measured_ratio[2], 0);
  };
  check_coverage();
  reopen();
  check_coverage();
  maintain(kMorning + hours(48));
  check_coverage();
  const auto nobody =
      value_of(samples().coverage(ServerId{77}, kMorning, kMorning + minutes(30), minutes(10)));
  EXPECT_EQ(nobody.measured_ratio, (std::vector<double>{0, 0, 0}));
}

TEST_P(SamplesNewest, CoverageIsNeverOverOne) {
  std::vector<AcceptedReport> reports;
  for (std::int64_t i = 0; i < 120; ++i) {  // twice as often as announced
    reports.push_back(test::make_report(1, i, kMorning + seconds(5) * i));
    reports.back().report.interval = Milliseconds(10'000);
    reports.back().report.metrics = {{Metric::host_cpu_ratio, 0.5}};
  }
  add(reports);
  const auto covered =
      value_of(samples().coverage(ServerId{1}, kMorning, kMorning + minutes(10), minutes(5)));
  for (const double ratio : covered.measured_ratio) {
    EXPECT_LE(ratio, 1);
    EXPECT_GE(ratio, 0.95);
  }
}

}  // namespace
}  // namespace wakeful::store
