// The resources but for the session: servers, samples, events, metrics, refusals.

#include <cmath>

#include <gmock/gmock.h>

#include "auth/secret.h"
#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using model::Metric;
using net::Method;
using std::chrono::seconds;
using test::fixture;
using test::json_difference;
using test::json_of;
using test::make_report;
using testing::HasSubstr;
using testing::MatchesRegex;

using ServersTest = test::ApiTest;

TEST_F(ServersTest, ListsAllByName) {
  const auto response = get("/api/v1/servers");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  const auto list = json_of(response.body);
  ASSERT_EQ(list.at("servers").as_array().size(), 2u);
  EXPECT_EQ(list.at("servers").at(0).at("name").as_string(), "gpu3");
  EXPECT_EQ(list.at("servers").at(1).at("origin").as_string(), "collector");
  EXPECT_EQ(list.at("server_time_ms").as_int64(), to_unix_ms(clock.wall_now()));
}

TEST_F(ServersTest, ShowsOneServer) {
  fleet.lock()->apply(make_report(1, clock.wall_now()));
  const auto detail = json_of(get("/api/v1/servers/1").body);
  EXPECT_EQ(detail.at("state").as_string(), "on");
  EXPECT_EQ(detail.at("facts").at("boot_id").as_string(), "boot-a");
}

TEST_F(ServersTest, ServersThatAreNotThereAre404) {
  for (const std::string id : {"77", "0", "-1", "abc", "1.0", "99999999999999999999", "%20"}) {
    for (const std::string rest : {"", "/samples", "/events"}) {
      const auto response = get("/api/v1/servers/" + id + rest);
      EXPECT_EQ(response.status, 404) << id << rest;
      EXPECT_THAT(detail(response), HasSubstr("there is no server with the id "));
    }
    EXPECT_EQ(del("/api/v1/servers/" + id).status, 404) << id;
  }
}

TEST_F(ServersTest, ANewServerGetsAKeyThatIsStoredOnlyAsAHash) {
  const auto response = post("/api/v1/servers", R"({"name": "  gpu4 "})");
  ASSERT_EQ(response.status, 201) << response.body;
  const auto answer = json_of(response.body);
  const std::string key(answer.at("key").as_string());
  EXPECT_THAT(key, MatchesRegex("wk_[a-z0-9]{32}"));
  auto shape = fixture("new_server.json");
  shape.as_object()["key"] = key;
  EXPECT_EQ(json_difference(answer, shape), "");
  const auto found = *registry.find_server_by_key(auth::hash_secret(key));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "gpu4");
  EXPECT_EQ(found->origin, model::Origin::native);
  EXPECT_EQ(servers_changed_calls, 1);
  EXPECT_EQ(get("/api/v1/servers/3").status, 200) << "it is live at once";
}

TEST_F(ServersTest, TwoServersGetDifferentKeys) {
  const auto first = json_of(post("/api/v1/servers", R"({"name": "a"})").body);
  const auto second = json_of(post("/api/v1/servers", R"({"name": "b"})").body);
  EXPECT_NE(first.at("key").as_string(), second.at("key").as_string());
}

TEST_F(ServersTest, ATakenNameIs409WithARemedy) {
  const auto response = post("/api/v1/servers", R"({"name": "gpu3"})");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(detail(response),
            "name: there is a server named gpu3 already; choose another name or delete that one "
            "first");
  EXPECT_EQ(servers_changed_calls, 0);
}

TEST_F(ServersTest, BadNewServersNameTheField) {
  const auto detail_of = [&](const std::string& body) {
    const auto response = post("/api/v1/servers", body);
    EXPECT_EQ(response.status, 400) << body;
    return detail(response);
  };
  EXPECT_EQ(detail_of("{}"), "name: expected text, but it is missing");
  EXPECT_EQ(detail_of(R"({"name": 7})"), "name: expected text, got a number");
  EXPECT_EQ(detail_of(R"({"name": "  "})"), "name: expected 1 to 100 bytes, got none");
  EXPECT_EQ(detail_of(R"({"name": "a\u0000b"})"), "name: expected no control characters");
  EXPECT_EQ(detail_of(R"({"name": ")" + std::string(101, 'x') + "\"}"),
            "name: expected at most 100 bytes, got 101");
  EXPECT_THAT(detail_of("{\"name\": \"x\""), HasSubstr("body: expected JSON"));
  EXPECT_THAT(detail_of(""), HasSubstr("body: expected a JSON object, got nothing"));
}

TEST_F(ServersTest, DeleteRemovesItEverywhere) {
  EXPECT_EQ(del("/api/v1/servers/1").status, 204);
  EXPECT_EQ(get("/api/v1/servers/1").status, 404);
  EXPECT_EQ(registry.servers()->size(), 1u);
  EXPECT_EQ(del("/api/v1/servers/1").status, 404);
}

TEST_F(ServersTest, AnOperatorMayAdd) {
  const auto operator_ = log_in_as(store::Role::operator_, "op");
  EXPECT_EQ(ask(Method::post, "/api/v1/servers", R"({"name": "x"})",
                {{"Cookie", cookie(operator_)}, {"Content-Type", "application/json"}})
                .status,
            201);
}

class SamplesTest : public test::ApiTest {
 protected:
  SamplesTest() {
    const double cpu[] = {0.05, 0.1, NAN, 0.1234};
    for (int i = 0; i < 4; ++i) {
      const auto time = from_unix_ms(1'795'158'721'123 + 8'000 * i);
      auto report = make_report(1, time, static_cast<std::uint64_t>(i) + 1);
      report.report.metrics = {{Metric::host_memory_used_bytes, 8'053'063'680.0},
                               {Metric::host_users, 1}};
      if (!std::isnan(cpu[i])) report.report.metrics.push_back({Metric::host_cpu_ratio, cpu[i]});
      report.report.core_cpu_ratio = {0.25, 0.75};
      model::Container container;
      container.name = "my web";
      container.metrics = {{Metric::container_cpu_ratio, 0.01 * i}};
      report.report.containers = {container};
      EXPECT_TRUE(samples.append(std::span(&report, 1)));
    }
  }
  std::string bad(const std::string& query) {
    const auto response = get("/api/v1/servers/1/samples?" + query);
    EXPECT_EQ(response.status, 400) << query;
    return detail(response);
  }
  static constexpr const char* kPath = "/api/v1/servers/1/samples";
};

TEST_F(SamplesTest, ColumnsAreTheFixture) {
  const auto response =
      get(std::string(kPath) + "?metrics=host_cpu_ratio,host_memory_used_bytes,host_users&limit=3");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json_difference(json_of(response.body), fixture("samples.json")), "");
}

TEST_F(SamplesTest, PagesBack) {
  const auto page = json_of(
      get(std::string(kPath) + "?metrics=host_cpu_ratio&limit=3&before_ms=1795158729123").body);
  EXPECT_EQ(page.at("time_ms").as_array().size(), 1u);
  EXPECT_FALSE(page.at("more").as_bool());
}

TEST_F(SamplesTest, WithoutMetricsAllOfTheEntityCome) {
  const auto all = json_of(get(kPath).body);
  EXPECT_EQ(all.at("metrics").as_array().size(), all.at("columns").as_object().size());
  EXPECT_TRUE(all.at("columns").as_object().contains("host_power_watts"));
  EXPECT_FALSE(all.at("columns").as_object().contains("container_cpu_ratio"));
}

TEST_F(SamplesTest, ContainersAndCoresHaveTheirOwn) {
  const auto web = json_of(get(std::string(kPath) + "?entity=container:my%20web&limit=2").body);
  EXPECT_DOUBLE_EQ(web.at("columns").at("container_cpu_ratio").at(1).to_number<double>(), 0.03);
  const auto core = json_of(get(std::string(kPath) + "?entity=core:1&metrics=core_cpu_ratio").body);
  EXPECT_DOUBLE_EQ(core.at("columns").at("core_cpu_ratio").at(0).to_number<double>(), 0.75);
  const auto none = json_of(get(std::string(kPath) + "?entity=container:gone").body);
  EXPECT_TRUE(none.at("time_ms").as_array().empty());
}

TEST_F(SamplesTest, BadQueriesNameTheParameter) {
  auto error = fixture("error.json");
  EXPECT_EQ(json_difference(json_of(get(std::string(kPath) + "?limit=0").body), error), "");
  EXPECT_THAT(bad("limit=10001"), HasSubstr("limit: expected a whole number from 1 to 10000"));
  EXPECT_THAT(bad("limit=ten"), HasSubstr("got ten"));
  EXPECT_THAT(bad("limit="), HasSubstr("limit: "));
  EXPECT_THAT(bad("before_ms=-5"), HasSubstr("before_ms: "));
  EXPECT_THAT(bad("metrics=host_cpu_rato"),
              HasSubstr("there is no metric named host_cpu_rato; did you mean host_cpu_ratio?"));
  EXPECT_THAT(bad("metrics="), HasSubstr("metrics: there is no metric named"));
  EXPECT_THAT(bad("metrics=container_cpu_ratio"),
              HasSubstr("metrics: expected metrics of a host, got container_cpu_ratio"));
  for (const std::string entity : {"disk", "container:", "core:", "core:x", "core:-1", ""}) {
    EXPECT_THAT(bad("entity=" + entity), HasSubstr("entity: expected host")) << entity;
  }
  EXPECT_THAT(bad("limit=%zz"), HasSubstr("limit"));
  EXPECT_THAT(bad("limit=5&limit=6"), HasSubstr("limit: expected once"));
}

TEST_F(SamplesTest, AMetricAskedForTwiceComesOnce) {
  const auto response = get(std::string(kPath) + "?metrics=host_users,host_users");
  EXPECT_EQ(json_of(response.body).at("metrics").as_array().size(), 1u);
}

TEST_F(SamplesTest, AStoreThatCannotReadIs503) {
  samples.fail_with(Error{Errc::io, "read failed"});
  EXPECT_EQ(get(kPath).status, 503);
}

using EventsTest = test::ApiTest;

TEST_F(EventsTest, EventsAreTheFixture) {
  const auto event = [](std::int64_t time_ms, model::EventKind kind, std::string cause) {
    model::ServerEvent made;
    made.server = model::ServerId{1};
    made.time = from_unix_ms(time_ms);
    made.kind = kind;
    made.cause = std::move(cause);
    return made;
  };
  using enum model::EventKind;
  std::vector<model::ServerEvent> events{
      event(1'795'150'000'000, state_changed, "first report"),
      event(1'795'158'565'000, state_changed, "no report for 24 s (expected every 8 s)"),
      event(1'795'158'745'130, state_changed, "reports again after 3 min"),
      event(1'795'158'745'130, rebooted,
            "started again: new boot id, kernel 6.1.0-17-amd64 became 6.1.0-18-amd64")};
  events[0].from = model::ServerState::empty;
  events[0].to = model::ServerState::on;
  events[1].from = model::ServerState::on;
  events[1].to = model::ServerState::off;
  events[2].from = model::ServerState::off;
  events[2].to = model::ServerState::on;
  ASSERT_TRUE(registry.add_events(events));
  const auto response = get("/api/v1/servers/1/events");
  EXPECT_EQ(json_difference(json_of(response.body), fixture("events.json")), "");
  EXPECT_EQ(json_of(get("/api/v1/servers/1/events?limit=2").body).at("events").as_array().size(),
            2u);
  EXPECT_TRUE(json_of(get("/api/v1/servers/2/events").body).at("events").as_array().empty());
  EXPECT_THAT(detail(get("/api/v1/servers/1/events?limit=0")), HasSubstr("limit: "));
}

using MetricsTest = test::ApiTest;

TEST_F(MetricsTest, TheCatalogueHasTheFixturesMetrics) {
  const auto catalogue = json_of(get("/api/v1/metrics").body);
  EXPECT_EQ(catalogue.at("metrics").as_array().size(), model::metric_catalogue().size());
  const auto expected = fixture("metrics.json");
  for (const auto& metric : expected.at("metrics").as_array()) {
    std::string difference = "absent";
    for (const auto& known : catalogue.at("metrics").as_array()) {
      if (known.at("name") == metric.at("name")) difference = json_difference(known, metric);
    }
    EXPECT_EQ(difference, "") << metric.at("name").as_string();
  }
}

using RefusalsTest = test::ApiTest;

TEST_F(RefusalsTest, RefusalsAreTheFixture) {
  refusals.add({from_unix_ms(1'795'158'730'000), "10.0.0.9", "/", 403, "Unknown key"});
  refusals.add({from_unix_ms(1'795'158'740'000), "fe80::1", "/monitor_info", 400,
                "ser_cpu_percent: expected a number from 0 to 100, got 120"});
  refusals.add(
      {from_unix_ms(1'795'158'745'130), "10.0.0.9", "/api/v1/reports", 401, "unknown key"});
  EXPECT_EQ(json_difference(json_of(get("/api/v1/refusals").body), fixture("refusals.json")), "");
}

}  // namespace
}  // namespace wakeful::api
