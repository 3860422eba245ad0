// The parameters that several resources share.

#include "api/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful::api {
namespace {

using model::EntityKind;
using model::Metric;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const WallTime kNow = from_unix_ms(1'795'158'745'123);

template <class T>
std::string message_of(const Result<T>& result) {
  if (result) return "it was taken";
  EXPECT_TRUE(result.error().code == Errc::invalid || result.error().code == Errc::parse);
  return result.error().message;
}

TEST(NiceStep, IsTheNextRoundStep) {
  const struct {
    Milliseconds range;
    std::int64_t points;
    Milliseconds step;
  } cases[] = {
      {Milliseconds(1), 300, seconds(1)},
      {minutes(5), 300, seconds(1)},
      {minutes(5) + Milliseconds(1), 300, seconds(2)},
      {hours(1), 300, seconds(15)},
      {hours(6), 300, minutes(2)},
      {hours(24), 300, minutes(5)},
      {hours(24 * 7), 300, hours(1)},
      {hours(24 * 30), 300, hours(3)},
      {hours(24 * 365), 300, hours(48)},
      {hours(24 * 365), 1000, hours(12)},
      {hours(24 * 3653), 10, hours(24 * 366)},
      {minutes(10), 10'000, seconds(1)},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(nice_step(one.range, one.points), one.step) << one.range.count();
  }
}

TEST(QueryRange, TheLastHourIn300PointsIsTheDefault) {
  const auto range = query_range("", kNow, 1);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->before, kNow);
  EXPECT_EQ(range->from, kNow - hours(1));
  EXPECT_EQ(range->step, seconds(15));
}

TEST(QueryRange, EndsAndStepAreTaken) {
  const auto range = query_range("from_ms=1000&before_ms=61000&step_ms=250", kNow, 2);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->from, from_unix_ms(1'000));
  EXPECT_EQ(range->before, from_unix_ms(61'000));
  EXPECT_EQ(range->step, Milliseconds(250));
  EXPECT_EQ(query_range("from_ms=0&before_ms=60000&points=6", kNow, 1)->step, seconds(10));
  EXPECT_EQ(query_range("before_ms=7200000", kNow, 1)->from, from_unix_ms(3'600'000));
  EXPECT_EQ(query_range("from_ms=1795158000000", kNow, 1)->before, kNow);
  EXPECT_GT(query_range("from_ms=7258118399998", kNow, 1)->before, from_unix_ms(7258118399998));
  EXPECT_EQ(query_range("before_ms=5", kNow, 1)->from, WallTime{});
}

TEST(QueryRange, BadOnesNameTheParameter) {
  const auto bad = [](std::string_view query, std::size_t lines = 1) {
    return message_of(query_range(query, kNow, lines));
  };
  EXPECT_THAT(bad("from_ms=5&before_ms=5"), HasSubstr("from_ms: expected a time before before_ms"));
  EXPECT_THAT(bad("from_ms=-1"), HasSubstr("from_ms: expected a whole number from 0"));
  EXPECT_THAT(bad("before_ms=7258118400000"), HasSubstr("before_ms: "));
  EXPECT_THAT(bad("before_ms=0"), HasSubstr("from_ms: "));
  EXPECT_THAT(bad("step_ms=0"), HasSubstr("step_ms: expected a whole number from 1"));
  EXPECT_THAT(bad("step_ms=1s"), HasSubstr("got 1s"));
  EXPECT_THAT(bad("points=0"), HasSubstr("points: "));
  EXPECT_THAT(bad("points=10001"), HasSubstr("points: "));
  EXPECT_THAT(bad("points=5&step_ms=5"), HasSubstr("points: expected step_ms or points, got both"));
  EXPECT_THAT(bad("step_ms=5&step_ms=5"), HasSubstr("step_ms: expected once"));
  EXPECT_THAT(bad("from_ms=%4"), HasSubstr("from_ms: "));
  EXPECT_EQ(
      bad("from_ms=0&before_ms=20001000&step_ms=1000"),
      "step_ms: expected at most 20000 points for 1 series, so a step of 2000 ms or more, got "
      "20001 points");
  EXPECT_THAT(bad("from_ms=0&before_ms=20000000&points=9000", 500),
              HasSubstr("points: expected at most 2000 points for 500 series"));
}

TEST(QueryRange, TheStepThatAMessageNamesIsTaken) {
  for (const std::size_t lines : {1, 60, 1'000}) {
    const std::string ends = "from_ms=999&before_ms=20001777";
    const auto refused = message_of(query_range(ends + "&step_ms=7", kNow, lines));
    const auto at = refused.find("a step of ");
    ASSERT_NE(at, std::string::npos) << refused;
    const auto step = refused.substr(at + 10, refused.find(" ms", at) - at - 10);
    EXPECT_TRUE(query_range(ends + "&step_ms=" + step, kNow, lines)) << step;
  }
}

TEST(QuerySeries, ServerEntityAndMetricAreSplitAtTheFirstAndLastSlash) {
  const auto keys = query_series(
      "x=1&series=7/host/host_cpu_ratio&series=8%2Fcontainer%3Aa%2Fb%20c/container_cpu_ratio"
      "&series=9/core:03/core_cpu_ratio&series=7/container:a/b/c/container_memory_used_bytes");
  ASSERT_TRUE(keys) << keys.error().message;
  const std::vector<store::SeriesKey> expected{
      {model::ServerId{7}, Metric::host_cpu_ratio, ""},
      {model::ServerId{8}, Metric::container_cpu_ratio, "a/b c"},
      {model::ServerId{9}, Metric::core_cpu_ratio, "3"},
      {model::ServerId{7}, Metric::container_memory_used_bytes, "a/b/c"}};
  EXPECT_EQ(*keys, expected);
}

TEST(QuerySeries, BadOnesSayWhatWasExpected) {
  const auto bad = [](const std::string& query) { return message_of(query_series(query)); };
  EXPECT_EQ(bad(""), "series: expected 1 to 1000 of them, got none");
  std::string many = "series=7/host/host_cpu_ratio";
  for (int i = 0; i < 1'000; ++i) many += "&series=7/host/host_cpu_ratio";
  EXPECT_EQ(bad(many), "series: expected 1 to 1000 of them, got 1001");
  for (const char* text :
       {"", "7", "7/host", "host_cpu_ratio", "x/host/host_cpu_ratio", "0/host/host_cpu_ratio",
        "-7/host/host_cpu_ratio", "/host/host_cpu_ratio"}) {
    EXPECT_THAT(bad("series=" + std::string(text)),
                HasSubstr("series: expected SERVER/ENTITY/METRIC"))
        << text;
  }
  EXPECT_THAT(bad("series=7/disk/host_cpu_ratio"),
              HasSubstr("series: expected host, container:NAME or core:INDEX, got disk"));
  EXPECT_THAT(bad("series=7/host/host_cpu_rato"), HasSubstr("did you mean host_cpu_ratio?"));
  EXPECT_THAT(
      bad("series=7/host/core_cpu_ratio"),
      HasSubstr("series: expected a metric of a host for host, got core_cpu_ratio, which is "
                "of a core"));
  EXPECT_THAT(bad("series=%zz"), HasSubstr("series: "));
  EXPECT_THAT(bad("series=7/container:" + std::string(256, 'x') + "/container_cpu_ratio"),
              HasSubstr("series: expected host"));
}

TEST(Entity, TextAndNameAreTheReverseOfEachOther) {
  for (const std::string text : {"host", "container:a/b c", "core:12"}) {
    const auto entity = parse_entity(text, "entity");
    ASSERT_TRUE(entity);
    EXPECT_EQ(entity_text(entity->kind, entity->name), text);
  }
}

TEST(QueryServers, AreIdsSeparatedByCommas) {
  EXPECT_TRUE(query_servers("")->empty());
  EXPECT_EQ(*query_servers("servers=3,1"), (std::vector{model::ServerId{3}, model::ServerId{1}}));
  for (const char* text : {"", "1,", "a", "1;2", "-1", "0"}) {
    EXPECT_THAT(message_of(query_servers("servers=" + std::string(text))),
                HasSubstr("servers: expected ids separated by commas"))
        << text;
  }
  std::string many = "servers=1";
  for (int i = 0; i < 1'000; ++i) many += ",1";
  EXPECT_THAT(message_of(query_servers(many)), HasSubstr("servers: expected at most 1000 ids"));
}

TEST(QueryFormat, TheParameterGoesBeforeTheHeader) {
  EXPECT_EQ(*query_format("", ""), Format::json);
  EXPECT_EQ(*query_format("", "text/csv"), Format::csv);
  EXPECT_EQ(*query_format("", "text/html, text/csv;q=0.9"), Format::csv);
  EXPECT_EQ(*query_format("", "application/json, text/csv"), Format::json);
  EXPECT_EQ(*query_format("", "*/*"), Format::json);
  EXPECT_EQ(*query_format("format=json", "text/csv"), Format::json);
  EXPECT_EQ(*query_format("format=csv", "application/json"), Format::csv);
  EXPECT_EQ(message_of(query_format("format=xml", "")), "format: expected json or csv, got xml");
}

}  // namespace
}  // namespace wakeful::api
