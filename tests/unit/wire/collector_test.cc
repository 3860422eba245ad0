#include "wire/collector.h"

#include <gtest/gtest.h>

namespace wakeful::wire {
namespace {

using model::Metric;

std::string refusal(std::string_view query) {
  const auto result = parse_collector(query);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, Errc::invalid);
  return result.error().message;
}

TEST(ParseCollector, ReadsAFullRequest) {
  const auto got = parse_collector(
      "id=KEY&time=2022-09-29%2023:18:40&cpu_usage=12.5&power_usage=35.2&user_num=2");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->key, "KEY");
  EXPECT_EQ(got->report.origin, model::Origin::collector);
  EXPECT_EQ(got->report.time_text, "2022-09-29 23:18:40");
  EXPECT_FALSE(got->report.time) << "it carries no zone";
  EXPECT_FALSE(got->report.greeting);
  EXPECT_FALSE(got->report.containers);
  EXPECT_EQ(got->report.metrics, (std::vector<model::MetricValue>{{Metric::host_cpu_ratio, 0.125},
                                                                  {Metric::host_power_watts, 35.2},
                                                                  {Metric::host_users, 2}}));
}

TEST(ParseCollector, ReadsPlusAsABlankAndAnyOrder) {
  const auto got = parse_collector("user_num=0&cpu_usage=100&time=2022-09-29+23:18:40&id=a%2Bb");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->key, "a+b");
  EXPECT_EQ(got->report.time_text, "2022-09-29 23:18:40");
  EXPECT_EQ(got->report.metrics, (std::vector<model::MetricValue>{{Metric::host_cpu_ratio, 1},
                                                                  {Metric::host_users, 0}}));
}

TEST(ParseCollector, TakesAnEmptyPowerAsNotMeasured) {
  const auto got = parse_collector("id=K&time=t&cpu_usage=1&power_usage=&user_num=1");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(model::find_value(got->report.metrics, Metric::host_power_watts));
}

TEST(ParseCollector, TakesIdAndTimeAsAGreeting) {
  for (const auto* query : {"id=K&time=t", "id=K&time=t&cpu_usage=5", "id=K&time=t&user_num=1",
                            "id=K&time=t&power_usage=3"}) {
    const auto got = parse_collector(query);
    ASSERT_TRUE(got) << query << got.error().message;
    EXPECT_TRUE(got->report.greeting) << query;
    EXPECT_TRUE(got->report.metrics.empty()) << query;
  }
}

TEST(ParseCollector, IgnoresOtherParameters) {
  EXPECT_TRUE(parse_collector("id=K&&time=t&colour=blue&%zz=1&=5"));
}

TEST(ParseCollector, NamesTheParameterTheExpectationAndWhatCame) {
  EXPECT_EQ(refusal(""), "id: expected text of 1 to 255 bytes, but it is missing");
  EXPECT_EQ(refusal("id=&time=t"), "id: expected text of 1 to 255 bytes, got 0");
  EXPECT_EQ(refusal("id=" + std::string(256, 'k') + "&time=t"),
            "id: expected text of 1 to 255 bytes, got 256");
  EXPECT_EQ(refusal("id=%ff&time=t"),
            R"(id: expected UTF-8 without control characters, got "\xff")");
  EXPECT_EQ(refusal("id=a%00b&time=t"),
            R"(id: expected UTF-8 without control characters, got "a\x00b")");
  EXPECT_EQ(refusal("id=K"), "time: expected text of 1 to 100 bytes, but it is missing");
  EXPECT_EQ(refusal("id=K&id=L&time=t"), "id: expected once, got it twice");
  EXPECT_EQ(refusal("id=K%2&time=t"), R"(id: expected two hexadecimal digits behind %, got "%2")");
}

TEST(ParseCollector, RefusesNumbersThatCannotBe) {
  const auto cpu = [](const std::string& text) {
    return refusal("id=K&time=t&user_num=1&cpu_usage=" + text);
  };
  for (const auto* bad :
       {"abc", "", "nan", "NaN", "inf", "-1", "100.1", "1e300", "12,5", "0x10", "%201", "5%25"}) {
    EXPECT_EQ(cpu(bad),
              "cpu_usage: expected a number from 0 to 100, got \"" + *percent_decode(bad) + "\"");
  }
  EXPECT_EQ(cpu("1e-05"), "accepted");
  EXPECT_EQ(refusal("id=K&time=t&cpu_usage=1&user_num=1.5"),
            R"(user_num: expected a whole number from 0 to 10000000, got "1.5")");
  EXPECT_EQ(refusal("id=K&time=t&cpu_usage=1&user_num=-1"),
            R"(user_num: expected a whole number from 0 to 10000000, got "-1")");
  EXPECT_EQ(refusal("id=K&time=t&cpu_usage=1&user_num=1&power_usage=much"),
            R"(power_usage: expected a number of watts from 0 to 1000000, got "much")");
}

TEST(PercentDecode, DecodesEscapesAndRefusesBrokenOnes) {
  EXPECT_EQ(*percent_decode("a%41%c3%A9+%2b"), "aA\u00e9 +");
  EXPECT_EQ(*percent_decode(""), "");
  for (const auto* bad : {"%", "%4", "a%", "%g1", "%1g", "%%41"}) {
    const auto result = percent_decode(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, Errc::parse);
  }
  EXPECT_EQ(*percent_decode("end%41"), "endA");
}

TEST(QueryParameter, TellsAbsentFromEmpty) {
  EXPECT_EQ(*query_parameter("a=1&b=&c", "b"), "");
  EXPECT_EQ(*query_parameter("a=1&b=&c", "c"), "");
  EXPECT_EQ(*query_parameter("a=1&b=&c", "d"), std::nullopt);
  EXPECT_EQ(*query_parameter("a=x=y", "a"), "x=y");
  EXPECT_EQ(*query_parameter("%61=5", "a"), "5");
}

}  // namespace
}  // namespace wakeful::wire
