// What store/samples.h promises about lines over time, over every registered store.
#include "series_fixture.h"

namespace wakeful::store {
namespace {

using model::Metric;
using model::ServerId;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

INSTANTIATE_TEST_SUITE_P(Stores, SamplesSeries, ::testing::ValuesIn(store_schemes()), scheme_name);

TEST_P(SamplesSeries, StepsOfAnyLengthHoldTheirSamples) {
  append_hours();
  for (const Milliseconds step : {Milliseconds(2'500), Milliseconds(10'000), Milliseconds(15'000),
                                  Milliseconds(60'000), Milliseconds(97'001), Milliseconds(300'000),
                                  Milliseconds(3'600'000), Milliseconds(86'400'000)}) {
    SCOPED_TRACE(step.count());
    check(whole(step));
  }
}

TEST_P(SamplesSeries, AStoreWithNothingInItHasGapsOnly) { check(whole(minutes(5))); }

TEST_P(SamplesSeries, OneReportIsAnIncompleteStep) {
  add({report_at(1, 42, kMorning)});
  check(whole(hours(1)));
}

TEST_P(SamplesSeries, TheSameSeriesTwiceIsAnsweredTwice) {
  append_hours();
  check(query({key(1, Metric::host_cpu_ratio), key(1, Metric::host_cpu_ratio)}, kMorning,
              kMorning + hours(1), minutes(1)));
}

TEST_P(SamplesSeries, FromIsInclusiveAndBeforeExclusive) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 6; ++i) {
    auto report = test::make_report(1, i, kMorning + minutes(i));
    report.report.metrics = {{Metric::host_cpu_ratio, i / 10.0}};
    reports.push_back(report);
  }
  add(reports);
  const auto answer = value_of(samples().series(query(
      {key(1, Metric::host_cpu_ratio)}, kMorning + minutes(1), kMorning + minutes(4), minutes(1))));
  EXPECT_EQ(answer.start, kMorning + minutes(1));
  ASSERT_EQ(answer.size, 3U);
  EXPECT_EQ(answer.series[0].minimum, (std::vector{0.1, 0.2, 0.3}));
  EXPECT_EQ(answer.series[0].count, (std::vector<std::uint32_t>{1, 1, 1}));
}

TEST_P(SamplesSeries, TheGridBeginsIn1970WhateverTheRange) {
  append_hours();
  const auto from = kMorning + minutes(7) + Milliseconds(1);
  const auto answer = value_of(samples().series(
      query({key(1, Metric::host_cpu_ratio)}, from, from + minutes(30), minutes(5))));
  EXPECT_EQ(answer.start, kMorning + minutes(5));
  EXPECT_EQ(answer.size, 7U);
  // The steps that lie within the range are the same as of any other query.
  const auto other = value_of(samples().series(
      query({key(1, Metric::host_cpu_ratio)}, kMorning, kMorning + hours(1), minutes(5))));
  for (std::size_t i = 1; i + 1 < answer.size; ++i) {
    EXPECT_EQ(answer.series[0].average[i], other.series[0].average[i + 1]) << i;
    EXPECT_EQ(answer.series[0].count[i], other.series[0].count[i + 1]) << i;
  }
}

TEST_P(SamplesSeries, LateReportsLandInTheirStep) {
  append_hours();
  auto late = report_at(2, 400, kMorning);  // in the middle of its silence
  auto early = report_at(1, 20'000, kMorning - minutes(30));
  add({late, early});
  check(whole(minutes(1)));
  reopen();
  check(whole(minutes(1)));
}

TEST_P(SamplesSeries, BadArgumentsAreRefused) {
  const auto cpu = key(1, Metric::host_cpu_ratio);
  const auto refused = [&](const SeriesQuery& bad, const char* what) {
    const auto answer = samples().series(bad);
    ASSERT_FALSE(answer.has_value()) << what;
    EXPECT_EQ(answer.error().code, Errc::invalid) << what;
  };
  const auto end = kMorning + hours(1);
  refused(query({}, kMorning, end, minutes(1)), "no series");
  refused(query(std::vector(kMaxSeries + 1, cpu), kMorning, end, minutes(1)), "too many series");
  refused(query({cpu}, kMorning, end, Milliseconds(0)), "no step");
  refused(query({cpu}, kMorning, end, Milliseconds(-1)), "a step back");
  refused(query({cpu}, kMorning, kMorning, minutes(1)), "an empty range");
  refused(query({cpu}, end, kMorning, minutes(1)), "a range back");
  refused(query({cpu}, kMorning, kMorning + seconds(20'001), seconds(1)), "too many points");
  const auto most =
      samples().series(query({cpu}, kMorning, kMorning + seconds(20'000), seconds(1)));
  EXPECT_TRUE(most.has_value());
  EXPECT_TRUE(
      samples().series(query(std::vector(kMaxSeries, cpu), kMorning, end, hours(1))).has_value());
  for (const Milliseconds step : {Milliseconds(0), Milliseconds(-5)}) {
    EXPECT_FALSE(samples().coverage(ServerId{1}, kMorning, end, step).has_value());
  }
  EXPECT_FALSE(samples().coverage(ServerId{1}, end, kMorning, minutes(1)).has_value());
}

TEST_P(SamplesSeries, AnswersAreTheSameAfterReopening) {
  append_hours();
  reopen();
  check(whole(minutes(1)));
  check(whole(seconds(15)));
}

TEST_P(SamplesSeries, AnswersAreTheSameOnceTheDayIsClosed) {
  append_hours();
  for (const auto later : {hours(2), hours(48)}) {
    maintain(kMorning + later);
    check(whole(seconds(10)));
    check(whole(minutes(5)));
    check(whole(hours(1)));
  }
  reopen();
  check(whole(minutes(5)));
}

TEST_P(SamplesSeries, AClosedDayTakesLateReports) {
  append_hours();
  maintain(kMorning + hours(48));
  add({report_at(2, 400, kMorning), report_at(2, 401, kMorning)});
  check(whole(minutes(1)));
  maintain(kMorning + hours(49));
  check(whole(minutes(1)));
  reopen();
  check(whole(seconds(30)));
}

TEST_P(SamplesSeries, OldSamplesAreAnsweredFromMinutesThenHours) {
  append_hours();
  // A newer day, so that the old one holds nobody's newest report.
  const auto newer = kMorning + hours(24 * 70);
  add({report_at(1, 30'000, newer), report_at(2, 30'000, newer)});
  const auto now = newer + hours(48);
  maintain(now);
  Retention retention;
  retention.raw = hours(24 * 10);
  maintain(now, retention);
  check(whole(seconds(10)), Tier::minutes, minutes(1));
  check(whole(seconds(90)), Tier::minutes, minutes(2));
  check(whole(minutes(5)), Tier::minutes, minutes(5));
  check(whole(hours(1)), Tier::minutes, hours(1));
  reopen();
  check(whole(minutes(1)), Tier::minutes, minutes(1));
  // The newer day is there as it was.
  check(query({key(1, Metric::host_cpu_ratio)}, newer, newer + minutes(10), seconds(10)));

  retention.minutes = hours(24 * 20);
  maintain(now, retention);
  check(whole(minutes(1)), Tier::hours, hours(1));
  check(whole(minutes(90)), Tier::hours, hours(2));
  check(whole(hours(1)), Tier::hours, hours(1));

  retention.hours = hours(24 * 30);
  const auto much_later = now + hours(24 * 400);
  maintain(much_later, retention);
  const auto gone = value_of(samples().series(whole(hours(1))));
  for (const auto& points : gone.series) {
    for (const auto count : points.count) EXPECT_EQ(count, 0U);
  }
}

TEST_P(SamplesSeries, ARangeOverRawAndRolledUpDaysHasOneStep) {
  append_hours();
  const auto newer = kMorning + hours(24 * 4);
  append_hours(newer, 20'000);
  Retention retention;
  retention.raw = hours(24 * 3);
  maintain(newer + hours(48));
  maintain(newer + hours(26), retention);
  const auto keys = some_of_everything();
  check(query(keys, kMorning, newer + hours(3), seconds(30)), Tier::minutes, minutes(1));
  check(query(keys, kMorning, newer + hours(3), minutes(10)), Tier::minutes, minutes(10));
}

}  // namespace
}  // namespace wakeful::store
