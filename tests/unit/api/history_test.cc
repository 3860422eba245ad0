// The resources that read the history: series, coverage, top, newest, samples as CSV, status.

#include <cmath>

#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using model::Metric;
using test::fixture;
using test::json_difference;
using test::json_of;
using test::make_report;
using testing::HasSubstr;
using testing::StartsWith;

class HistoryTest : public test::ApiTest {
 protected:
  HistoryTest() {
    const double cpu[] = {0.05, 0.1, NAN, 0.1234};
    for (int i = 0; i < 4; ++i) {
      auto report = make_report(1, from_unix_ms(1'795'158'721'123 + 8'000 * i),
                                static_cast<std::uint64_t>(i) + 1);
      report.report.metrics = {{Metric::host_users, 1}};
      if (!std::isnan(cpu[i])) report.report.metrics.push_back({Metric::host_cpu_ratio, cpu[i]});
      model::Container container;
      container.name = "my/web";
      container.metrics = {{Metric::container_cpu_ratio, 0.01 * i}};
      report.report.containers = {container};
      EXPECT_TRUE(samples.append(std::span(&report, 1)));
    }
    auto other = make_report(2, from_unix_ms(1'795'158'744'000), 9, 0.5);
    EXPECT_TRUE(samples.append(std::span(&other, 1)));
  }
  std::string bad(const std::string& target, int status = 400) {
    const auto response = get(target);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    return detail(response);
  }
  const std::string kRange = "&from_ms=1795158720000&before_ms=1795158765000&step_ms=15000";
  const std::string kBoth =
      "/api/v1/series?series=1/host/host_cpu_ratio"
      "&series=1/container%3Amy%2Fweb/container_cpu_ratio";
};

TEST_F(HistoryTest, SeriesAreTheFixture) {
  const auto response = get(kBoth + kRange);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(json_difference(json_of(response.body), fixture("series.json")), "");
}

TEST_F(HistoryTest, WithoutARangeTheLastHourComesIn300Points) {
  const auto series = json_of(get("/api/v1/series?series=2/host/host_cpu_ratio").body);
  EXPECT_EQ(series.at("step_ms").as_int64(), 15'000);
  EXPECT_EQ(series.at("time_ms").as_array().size(), 241u);
  EXPECT_EQ(series.at("series").at(0).at("count").as_array().back().as_int64(), 1);
}

TEST_F(HistoryTest, SeriesAsCsv) {
  ASSERT_TRUE(registry.add_server("=cmd,|'x'", model::Origin::native, "key-3", clock.wall_now()));
  reload_servers();
  const auto response = get(kBoth + "&series=3/host/host_cpu_ratio" + kRange + "&format=csv");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(response.content_type, StartsWith("text/csv"));
  EXPECT_EQ(header(response, "Content-Disposition"),
            "attachment; filename=\"wakeful-series-2026-11-20.csv\"");
  EXPECT_EQ(response.body,
            "time,gpu3/host/host_cpu_ratio.min,gpu3/host/host_cpu_ratio.avg,"
            "gpu3/host/host_cpu_ratio.max,gpu3/container:my/web/container_cpu_ratio.min,"
            "gpu3/container:my/web/container_cpu_ratio.avg,"
            "gpu3/container:my/web/container_cpu_ratio.max,"
            "\"'=cmd,|'x'/host/host_cpu_ratio.min\",\"'=cmd,|'x'/host/host_cpu_ratio.avg\","
            "\"'=cmd,|'x'/host/host_cpu_ratio.max\"\r\n"
            "2026-11-20T07:12:00.000Z,0.05,0.07500000000000001,0.1,0,0.005,0.01,,,\r\n"
            "2026-11-20T07:12:15.000Z,0.1234,0.1234,0.1234,0.02,0.025,0.03,,,\r\n"
            "2026-11-20T07:12:30.000Z,,,,,,,,,\r\n");
  const auto by_header = ask(net::Method::get, kBoth + kRange, "",
                             {{"Cookie", cookie(admin)}, {"Accept", "text/csv"}});
  EXPECT_THAT(by_header.content_type, StartsWith("text/csv"));
}

TEST_F(HistoryTest, BadSeriesQueriesAreRefused) {
  EXPECT_THAT(bad("/api/v1/series"), HasSubstr("series: expected 1 to 1000"));
  EXPECT_THAT(bad(kBoth + "&step_ms=x"), HasSubstr("step_ms: "));
  EXPECT_THAT(bad(kBoth + "&format=pdf"), HasSubstr("format: expected json or csv, got pdf"));
  EXPECT_EQ(bad("/api/v1/series?series=77/host/host_cpu_ratio", 404),
            "series: there is no server with the id 77");
  samples.fail_with(Error{Errc::io, "read failed"});
  EXPECT_EQ(get(kBoth).status, 503);
}

TEST_F(HistoryTest, SamplesAsCsvHoldAllOfTheRange) {
  const auto response =
      get("/api/v1/servers/1/samples?metrics=host_cpu_ratio,host_users&format=csv"
          "&from_ms=1795158729123&before_ms=1795158745123");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.body,
            "time,host_cpu_ratio,host_users\r\n"
            "2026-11-20T07:12:09.123Z,0.1,1\r\n"
            "2026-11-20T07:12:17.123Z,,1\r\n");
  EXPECT_EQ(header(response, "Content-Disposition"),
            "attachment; filename=\"wakeful-gpu3-host.csv\"");
  EXPECT_EQ(header(response, "Wakeful-More"), "false");
  EXPECT_EQ(header(get("/api/v1/servers/1/samples?format=csv&limit=2"), "Wakeful-More"), "true");
  EXPECT_THAT(bad("/api/v1/servers/1/samples?format=csv&limit=100001"), HasSubstr("limit: "));
  EXPECT_THAT(bad("/api/v1/servers/1/samples?from_ms=x"), HasSubstr("from_ms: "));
}

TEST_F(HistoryTest, SamplesCanBeginAtATime) {
  const auto page =
      json_of(get("/api/v1/servers/1/samples?metrics=host_users&from_ms=1795158737123").body);
  EXPECT_EQ(page.at("time_ms").as_array().size(), 2u);
}

TEST_F(HistoryTest, CoverageTellsMeasuredFromLost) {
  // Added at the fixture's now; reports every 8 s over the 32 s before it.
  const auto response =
      get("/api/v1/servers/1/coverage?from_ms=1795158700000&before_ms=1795158780000&step_ms=20000");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto coverage = json_of(response.body);
  EXPECT_EQ(coverage.at("from_ms").as_int64(), 1'795'158'700'000);
  EXPECT_EQ(coverage.at("step_ms").as_int64(), 20'000);
  const auto& measured = coverage.at("measured_ratio").as_array();
  ASSERT_EQ(measured.size(), 4u);
  EXPECT_TRUE(measured[0].is_null());
  EXPECT_NEAR(measured[1].to_number<double>(), 18'877.0 / 20'000, 1e-9);
  EXPECT_TRUE(coverage.at("lost_ratio").at(3).is_null()) << "that is the future";
  EXPECT_EQ(coverage.at("asleep_ratio").as_array().size(), 4u);
  clock.advance(Milliseconds(34'877));
  const auto later = json_of(get("/api/v1/servers/1/coverage?from_ms=1795158760000"
                                 "&before_ms=1795158780000&step_ms=20000")
                                 .body);
  EXPECT_EQ(later.at("lost_ratio").at(0).to_number<double>(), 1);
}

TEST_F(HistoryTest, BadCoverageQueriesAreRefused) {
  EXPECT_THAT(bad("/api/v1/servers/1/coverage?points=0"), HasSubstr("points: "));
  EXPECT_EQ(bad("/api/v1/servers/77/coverage", 404), "there is no server with the id 77");
}

TEST_F(HistoryTest, TopNamesTheEntities) {
  const auto top = json_of(get("/api/v1/top?metric=host_cpu_ratio").body);
  const auto expected = json_of(R"({"metric": "host_cpu_ratio", "unit": "ratio", "entries": [
      {"server": 2, "server_name": "nas", "entity": "host", "value": 0.5, "time_ms": 1795158744000},
      {"server": 1, "server_name": "gpu3", "entity": "host", "value": 0.1234,
       "time_ms": 1795158745123}]})");
  EXPECT_EQ(json_difference(top, expected), "");
  const auto past =
      json_of(get("/api/v1/top?metric=container_cpu_ratio&limit=1&at_ms=1795158730000").body);
  EXPECT_EQ(past.at("entries").as_array().size(), 1u);
  EXPECT_EQ(past.at("entries").at(0).at("entity").as_string(), "container:my/web");
  EXPECT_DOUBLE_EQ(past.at("entries").at(0).at("value").to_number<double>(), 0.01);
}

TEST_F(HistoryTest, BadTopQueriesAreRefused) {
  EXPECT_THAT(bad("/api/v1/top"), HasSubstr("metric: expected a metric"));
  EXPECT_THAT(bad("/api/v1/top?metric=x"), HasSubstr("metric: there is no metric named x"));
  EXPECT_THAT(bad("/api/v1/top?metric=host_users&limit=0"), HasSubstr("limit: "));
  EXPECT_THAT(bad("/api/v1/top?metric=host_users&at_ms=now"), HasSubstr("at_ms: "));
}

TEST_F(HistoryTest, NewestValuesOfManyServers) {
  const auto newest =
      json_of(get("/api/v1/newest?metrics=host_cpu_ratio,host_users&servers=2,1,99").body);
  const auto expected = json_of(R"({"metrics": ["host_cpu_ratio", "host_users"], "entries": [
      {"server": 2, "entity": "host", "time_ms": 1795158744000, "values": [0.5, null]},
      {"server": 1, "entity": "host", "time_ms": 1795158745123, "values": [0.1234, 1]}]})");
  EXPECT_EQ(json_difference(newest, expected), "");
  const auto all = json_of(get("/api/v1/newest").body);
  EXPECT_EQ(all.at("entries").as_array().size(), 2u);
  const auto web = json_of(get("/api/v1/newest?metrics=container_cpu_ratio").body);
  EXPECT_EQ(web.at("entries").at(0).at("entity").as_string(), "container:my/web");
}

TEST_F(HistoryTest, BadNewestQueriesAreRefused) {
  EXPECT_THAT(bad("/api/v1/newest?metrics=host_users,core_cpu_ratio"),
              HasSubstr("metrics: expected metrics of a host, got core_cpu_ratio"));
  EXPECT_THAT(bad("/api/v1/newest?metrics="), HasSubstr("metrics: there is no metric named"));
  EXPECT_THAT(bad("/api/v1/newest?servers=a"), HasSubstr("servers: "));
}

TEST_F(HistoryTest, StatusTellsWhatTheHistoryTakes) {
  samples.set_size({1, 20, 300, 4'000});
  const auto status = json_of(get("/api/v1/status").body);
  EXPECT_EQ(status.at("servers").as_int64(), 2);
  EXPECT_EQ(status.at("store").at("raw_bytes").as_int64(), 20);
  EXPECT_EQ(status.at("store").at("total_bytes").as_int64(), 4'321);
  EXPECT_EQ(status.at("server_time_ms").as_int64(), to_unix_ms(clock.wall_now()));
}

TEST_F(HistoryTest, NothingIsToldWithoutASession) {
  for (const std::string target : {"/api/v1/series", "/api/v1/top", "/api/v1/newest",
                                   "/api/v1/status", "/api/v1/servers/1/coverage"}) {
    EXPECT_EQ(ask(net::Method::get, target).status, 401) << target;
    EXPECT_EQ(ask(net::Method::get, target + "?metric=host_users&series=1/host/host_users", "",
                  {{"Cookie", cookie(viewer)}})
                  .status,
              200)
        << target;
  }
}

}  // namespace
}  // namespace wakeful::api
