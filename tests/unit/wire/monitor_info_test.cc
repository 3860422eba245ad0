#include "wire/monitor_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace wakeful::wire {
namespace {

using model::ContainerState;
using model::Metric;
using testing::HasSubstr;

constexpr double kMib = 1048576;

std::string fixture(const std::string& name) {
  auto text = read_file(std::filesystem::path(WAKEFUL_FIXTURES) / "compat" / name);
  EXPECT_TRUE(text.has_value());
  return text ? *text : "";
}

/// A body with one of its fields in another wording; an empty one leaves the field out.
std::string body_with(const std::string& field, const std::string& value) {
  const std::pair<const char*, const char*> fields[] = {
      {"engine_type", "\"docker\""},  {"agent_id", "\"a\""},
      {"ser_cpu_count", "4"},         {"ser_cpu_percent", "50"},
      {"ser_memory_total", "1000"},   {"ser_memory_used", "500"},
      {"ser_memory_percent", "50.0"}, {"ser_get_datetime", "\"2024-08-30 12:59:41\""},
      {"container_stats", ""}};
  std::string out = "{";
  for (const auto& [name, usual] : fields) {
    const std::string text = name == field ? value : usual;
    if (text.empty()) continue;
    if (out.size() > 1) out += ", ";
    out += '"' + std::string(name) + "\": " + text;
  }
  return out + "}";
}

std::string container(const std::string& name, const std::string& cpu,
                      const std::string& status = "running") {
  return R"({"engine_type":"docker","agent_id":"a","node_name":"n","container_name":")" + name +
         R"(","status":")" + status + R"(","con_get_datetime":"x","con_cpu_percent":)" + cpu +
         R"(,"con_memory_usage":2.5,"con_memory_percent":12.5})";
}

std::string refusal(std::string_view json) {
  const auto result = parse_monitor_info(json, {});
  return result ? "accepted" : result.error().message;
}

TEST(ParseMonitorInfo, ReadsTheBodyOfARealAgent) {
  const auto info = parse_monitor_info(fixture("monitor_info.request.json"), {});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->agent_id, "agent_ss");
  const auto& report = info->report;
  EXPECT_EQ(report.origin, model::Origin::monitor_info);
  EXPECT_FALSE(report.time) << "the text has no zone";
  EXPECT_EQ(report.time_text, "2024-08-30 12:59:41");
  EXPECT_EQ(report.facts.cpu_count, 1);
  EXPECT_EQ(report.metrics,
            (std::vector<model::MetricValue>{{Metric::host_cpu_ratio, 0},
                                             {Metric::host_memory_total_bytes, 1956 * kMib},
                                             {Metric::host_memory_used_bytes, 569 * kMib}}));
  ASSERT_TRUE(report.containers);
  ASSERT_EQ(report.containers->size(), 4U);
  EXPECT_EQ(info->container_cpu_as_sent, (std::vector<double>{0, 0, 0, 0}));
  const auto& redis = (*report.containers)[0];
  EXPECT_EQ(redis.name, "redis-container");
  EXPECT_EQ(redis.engine, "docker");
  EXPECT_EQ(redis.node_name, "ss-agent");
  EXPECT_EQ(redis.state, ContainerState::running);
  ASSERT_EQ(redis.metrics.size(), 2U) << "the CPU ratio waits for its meaning";
  EXPECT_DOUBLE_EQ(*model::find_value(redis.metrics, Metric::container_memory_used_bytes),
                   3.4 * kMib);
  EXPECT_DOUBLE_EQ(*model::find_value(redis.metrics, Metric::container_memory_used_ratio), 0.0017);
  const auto& alpine = (*report.containers)[1];
  EXPECT_EQ(alpine.state, ContainerState::exited);
  EXPECT_TRUE(alpine.metrics.empty()) << "its zeros are not figures";
}

TEST(ParseMonitorInfo, TellsNoListFromAnEmptyOne) {
  EXPECT_FALSE(parse_monitor_info(body_with("container_stats", ""), {})->report.containers);
  EXPECT_FALSE(parse_monitor_info(body_with("container_stats", "null"), {})->report.containers);
  const auto empty = parse_monitor_info(body_with("container_stats", "[]"), {});
  ASSERT_TRUE(empty) << empty.error().message;
  ASSERT_TRUE(empty->report.containers);
  EXPECT_TRUE(empty->report.containers->empty());
}

TEST(ParseMonitorInfo, TakesKeysInAnyOrderAndIgnoresOthers) {
  EXPECT_EQ(refusal(R"({"ser_get_datetime":"t","zzz":[{}],"ser_memory_percent":1,
      "ser_memory_used":1,"ser_memory_total":1,"ser_cpu_percent":1,"ser_cpu_count":2.0,
      "agent_id":"x","engine_type":""})"),
            "accepted");
}

TEST(ParseMonitorInfo, TrimsTheAgentIdIntoAName) {
  EXPECT_EQ(parse_monitor_info(body_with("agent_id", R"(" web 1 ")"), {})->agent_id, "web 1");
}

TEST(ParseMonitorInfo, RefusesEveryFieldThatIsMissing) {
  for (const auto* field :
       {"engine_type", "agent_id", "ser_cpu_count", "ser_cpu_percent", "ser_memory_total",
        "ser_memory_used", "ser_memory_percent", "ser_get_datetime"}) {
    EXPECT_THAT(refusal(body_with(field, "")),
                testing::AllOf(testing::StartsWith(std::string(field) + ": expected "),
                               HasSubstr("but it is missing")));
    EXPECT_THAT(refusal(body_with(field, "null")), testing::EndsWith(", got null")) << field;
    EXPECT_THAT(refusal(body_with(field, "[]")), testing::EndsWith(", got an array")) << field;
  }
  for (const auto* field :
       {"engine_type", "agent_id", "node_name", "container_name", "status", "con_cpu_percent",
        "con_memory_usage", "con_memory_percent", "con_get_datetime"}) {
    auto one = container("c", "0");
    const auto at = one.find('"' + std::string(field) + '"');
    one.insert(at + 1, "not_");
    EXPECT_THAT(refusal(body_with("container_stats", "[" + one + "]")),
                testing::StartsWith("container_stats[0]." + std::string(field) + ": expected "));
  }
}

struct BadField {
  const char* field;
  const char* value;
  const char* message;
};

class BadFields : public testing::TestWithParam<BadField> {};

TEST_P(BadFields, AreNamedWithExpectationAndWhatCame) {
  EXPECT_EQ(refusal(body_with(GetParam().field, GetParam().value)), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    ParseMonitorInfo, BadFields,
    testing::Values(
        BadField{"ser_cpu_percent", "NaN", "ser_cpu_percent: expected a number, got NaN"},
        BadField{"ser_cpu_percent", "Infinity", "ser_cpu_percent: expected a number, got Infinity"},
        BadField{"ser_cpu_percent", "\"12\"",
                 "ser_cpu_percent: expected a number from 0 to 100, got \"12\""},
        BadField{"ser_cpu_percent", "100.01",
                 "ser_cpu_percent: expected a number from 0 to 100, got 100.01"},
        BadField{"ser_cpu_percent", "-0.1",
                 "ser_cpu_percent: expected a number from 0 to 100, got -0.1"},
        BadField{"ser_cpu_count", "1.5",
                 "ser_cpu_count: expected a whole number from 1 to 1000000, got 1.5"},
        BadField{"ser_cpu_count", "0",
                 "ser_cpu_count: expected a whole number from 1 to 1000000, got 0"},
        BadField{"ser_cpu_count", "true",
                 "ser_cpu_count: expected a whole number from 1 to 1000000, got true"},
        BadField{"ser_memory_total", "1956.5",
                 "ser_memory_total: expected a whole number from 0 to 900000000, got 1956.5"},
        BadField{"ser_memory_used", "-1",
                 "ser_memory_used: expected a whole number from 0 to 900000000, got -1"},
        BadField{"ser_memory_total", "1e300",
                 "ser_memory_total: expected a whole number from 0 to 900000000, got 1e+300"},
        BadField{"ser_memory_percent", "101",
                 "ser_memory_percent: expected a number from 0 to 100, got 101"},
        BadField{"agent_id", "\"  \"", "agent_id: expected 1 to 100 bytes, got none"},
        BadField{"agent_id", R"("a\nb")", "agent_id: expected no control characters"},
        BadField{"ser_get_datetime", "\"\"",
                 "ser_get_datetime: expected text of 1 to 1024 bytes, got \"\""},
        BadField{"container_stats", "{}",
                 "container_stats: expected an array of containers, got an object"},
        BadField{"container_stats", "[5]", "container_stats[0]: expected an object, got 5"}));

TEST(ParseMonitorInfo, NamesTheContainerThatIsWrong) {
  EXPECT_EQ(refusal(body_with("container_stats",
                              "[" + container("a", "0") + "," + container("b", "NaN") + "]")),
            "container_stats[1].con_cpu_percent: expected a number, got NaN");
  EXPECT_EQ(refusal(body_with("container_stats", "[" + container("a", "-1") + "]")),
            "container_stats[0].con_cpu_percent: expected a number from 0 to 1e+08, got -1");
  EXPECT_EQ(refusal(body_with("container_stats",
                              "[" + container("a", "0") + "," + container("a", "0") + "]")),
            "container_stats[1].container_name: expected a name that no other container of the "
            "report has, got \"a\"");
}

TEST(ParseMonitorInfo, HoldsTheLimitsOfNumbersAndNames) {
  std::string list;
  for (int i = 0; i <= 10'000; ++i) {
    list += (i == 0 ? "[" : ",") + container("c" + std::to_string(i), "0");
  }
  EXPECT_THAT(refusal(body_with("container_stats", list + "]")),
              HasSubstr("container_stats: expected at most 10000 containers, got 10001"));
  const std::string name(64 << 10, 'x');
  EXPECT_THAT(refusal(body_with("container_stats", "[" + container(name, "0") + "]")),
              HasSubstr("container_stats[0].container_name: expected text of 1 to 255 bytes"));
  EXPECT_THAT(refusal(body_with("agent_id", "\"" + name + "\"")), HasSubstr("agent_id: "));
  for (const char* number : {"1e999", "NaN", "-Infinity"}) {
    EXPECT_THAT(refusal(body_with("ser_cpu_percent", number)), HasSubstr("ser_cpu_percent"))
        << number;
  }
}

TEST(ParseMonitorInfo, RefusesAFieldThatStandsTwice) {
  auto body = body_with("", "");
  body.insert(1, R"("agent_id": "other", )");
  EXPECT_EQ(refusal(body), "agent_id: expected the key once, got it twice");
}

TEST(ParseMonitorInfo, KeepsAStateWordItDoesNotKnow) {
  const auto info =
      parse_monitor_info(body_with("container_stats", "[" + container("a", "0", "zen") + "]"), {});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->report.containers->at(0).state, ContainerState::unknown);
  EXPECT_EQ(info->report.containers->at(0).status_text, "zen");
}

MonitorInfo info_of(double host_percent, const std::vector<std::string>& cpus) {
  std::string list = "[";
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    list += (i == 0 ? "" : ",") + container("c" + std::to_string(i), cpus[i]);
  }
  auto body = body_with("container_stats", list + "]");
  const std::string usual = "\"ser_cpu_percent\": 50";
  body.replace(body.find(usual), usual.size(),
               "\"ser_cpu_percent\": " + std::to_string(host_percent));
  auto info = parse_monitor_info(body, {});
  EXPECT_TRUE(info) << info.error().message;
  return *info;
}

TEST(ReadContainerCpu, TakesTheLargestReadingThatFitsTheHost) {
  using enum ContainerCpu;
  // The host has 4 CPUs.
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.2", "0.2"}), fraction), fraction);
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.5", "0.1"}), fraction), percent_of_host);
  EXPECT_EQ(read_container_cpu(info_of(50, {"40", "10"}), fraction), percent_of_host);
  EXPECT_EQ(read_container_cpu(info_of(50, {"150", "20"}), fraction), percent_of_core);
  EXPECT_EQ(read_container_cpu(info_of(1, {"400"}), fraction), percent_of_core)
      << "nothing fits: the smallest";
}

TEST(ReadContainerCpu, ToleratesFivePointsForDifferentMoments) {
  using enum ContainerCpu;
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.5499"}), fraction), fraction);
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.56"}), fraction), percent_of_host);
}

TEST(ReadContainerCpu, NeverGoesBack) {
  using enum ContainerCpu;
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.1"}), percent_of_host), percent_of_host);
  EXPECT_EQ(read_container_cpu(info_of(50, {"0.1"}), percent_of_core), percent_of_core);
  EXPECT_EQ(read_container_cpu(info_of(50, {"90"}), percent_of_host), percent_of_core);
  EXPECT_EQ(read_container_cpu(info_of(50, {}), percent_of_host), percent_of_host);
  const auto without = parse_monitor_info(body_with("container_stats", ""), {});
  EXPECT_EQ(read_container_cpu(*without, percent_of_core), percent_of_core);
  EXPECT_EQ(read_container_cpu(*without, fraction), fraction);
}

TEST(ReadContainerCpu, LeavesOutWhatDoesNotRun) {
  auto info = parse_monitor_info(
      body_with("container_stats", "[" + container("a", "90", "exited") + "]"), {});
  EXPECT_EQ(read_container_cpu(*info, ContainerCpu::fraction), ContainerCpu::fraction);
}

TEST(SetContainerCpu, PutsTheRatioOfTheHostIntoRunningContainers) {
  auto info =
      *parse_monitor_info(body_with("container_stats", "[" + container("a", "20") + "," +
                                                           container("b", "0", "exited") + "]"),
                          {});
  const auto cpu = [&](std::size_t i) {
    return model::find_value(info.report.containers->at(i).metrics, Metric::container_cpu_ratio);
  };
  set_container_cpu(info, ContainerCpu::percent_of_host);
  EXPECT_DOUBLE_EQ(*cpu(0), 0.2);
  EXPECT_FALSE(cpu(1));
  set_container_cpu(info, ContainerCpu::percent_of_core);
  EXPECT_DOUBLE_EQ(*cpu(0), 0.05) << "a second call replaces the first";
  EXPECT_EQ(info.report.containers->at(0).metrics.size(), 3U);
  set_container_cpu(info, ContainerCpu::fraction);
  EXPECT_EQ(*cpu(0), 1) << "never over the whole host";
}

TEST(MonitorInfoAnswer, IsTheOriginalToTheByte) {
  EXPECT_EQ(monitor_info_success() + "\n", fixture("monitor_info.response.json"));
}

TEST(MonitorInfoAnswer, CarriesTheReasonOfAFailure) {
  EXPECT_EQ(monitor_info_failure("a \"b\"\n"),
            R"({"data": null, "pageInfo": {}, "resultCode": "99", "resultMessage": "a \"b\"\n", )"
            R"("success": false})");
}

}  // namespace
}  // namespace wakeful::wire
