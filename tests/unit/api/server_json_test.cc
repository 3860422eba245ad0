// The encoders against the files that the page's tests read too.

#include "api/server_json.h"

#include <cmath>
#include <memory>

#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using model::ContainerState;
using model::Metric;
using test::fixture;
using test::json_difference;
using test::json_of;
using test::make_server;

model::Container make_container(const std::string& name, const std::string& id,
                                ContainerState state) {
  model::Container container;
  container.name = name;
  container.id = id;
  container.engine = "docker";
  container.state = state;
  return container;
}

/// gpu3 of server.json.
fleet::ServerView gpu3() {
  fleet::ServerView view;
  view.server = make_server(1, "gpu3");
  view.state = model::ServerState::on;
  view.state_since = from_unix_ms(1'795'150'000'000);
  view.last_report = from_unix_ms(1'795'158'745'130);
  view.last_sample = from_unix_ms(1'795'158'745'123);
  view.cpu_history = {0.1, NAN, 0.12, 0.1234};
  auto& report = view.report;
  report.boot_id = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10";
  report.facts = {"gpu3",   "6.1.0-18-amd64", "Debian GNU/Linux 12 (bookworm)",
                  "x86_64", "0.1.0",          16};
  report.metrics = {{Metric::host_cpu_ratio, 0.1234},
                    {Metric::host_memory_total_bytes, 33'567'129'600.0},
                    {Metric::host_memory_used_bytes, 8'053'063'680.0},
                    {Metric::host_users, 1}};
  report.users.push_back({"kim", "pts/0", "10.0.0.5", from_unix_ms(1'795'150'000'000)});
  auto web = make_container("web", "3f2a", ContainerState::running);
  web.image = "nginx:1.25";
  web.status_text = "Up 3 hours";
  web.metrics = {{Metric::container_cpu_ratio, 0.01},
                 {Metric::container_memory_used_bytes, 25'165'824},
                 {Metric::container_memory_limit_bytes, 67'108'864},
                 {Metric::container_cpu_limit_cores, 0.5}};
  auto job = make_container("job", "77ab", ContainerState::exited);
  job.image = "busybox";
  job.status_text = "Exited (137) 2 minutes ago";
  job.exit_code = 137;
  report.containers = {web, job};
  report.core_cpu_ratio = {0.5, 0.02, NAN};
  return view;
}

/// nas of servers.json: an old agent, silent, with something to tell.
fleet::ServerView nas() {
  fleet::ServerView view;
  view.server = make_server(2, "nas", model::Origin::collector);
  view.state = model::ServerState::off;
  view.state_since = from_unix_ms(1'795'158'000'000);
  view.last_report = from_unix_ms(1'795'157'976'000);
  view.cpu_history = {0.05};
  view.report.metrics = {
      {Metric::host_cpu_ratio, 0.05}, {Metric::host_power_watts, 35.2}, {Metric::host_users, 2}};
  view.report.problems = {{"docker", Errc::denied, "/run/docker.sock: Permission denied"}};
  view.warnings = {{"clock", "Its clock is 2 h 3 min ahead of this server's."}};
  return view;
}

TEST(ServerJson, DetailIsTheFixture) {
  EXPECT_EQ(json_difference(json_of(encode_detail(gpu3())), fixture("server.json")), "");
}

TEST(ServerJson, SummariesAreTheFixture) {
  auto first = gpu3();
  first.report.metrics = {{Metric::host_cpu_ratio, 0.1234},
                          {Metric::host_memory_total_bytes, 33'567'129'600.0},
                          {Metric::host_memory_used_bytes, 8'053'063'680.0},
                          {Metric::host_memory_available_bytes, 25'514'065'920.0},
                          {Metric::host_load1, 1.25},
                          {Metric::host_users, 1},
                          {Metric::host_power_watts, 182.5},
                          {Metric::host_uptime_seconds, 86'400}};
  const auto second = nas();
  fleet::ServerView third;
  third.server = make_server(3, "new-box");
  const std::vector<const fleet::ServerView*> views{&first, &second, &third};
  const auto text = encode_servers(views, from_unix_ms(1'795'158'746'000));
  EXPECT_EQ(json_difference(json_of(text), fixture("servers.json")), "");
  EXPECT_EQ(text.find('\n'), std::string::npos) << "it must fit into one event line";
}

TEST(ServerJson, WhatIsNotKnownIsNull) {
  const auto detail = json_of(encode_detail(nas()));
  for (const auto* key :
       {"hostname", "kernel", "os", "architecture", "cpu_count", "agent_version", "boot_id"}) {
    EXPECT_TRUE(detail.at("facts").at(key).is_null()) << key;
  }
  EXPECT_TRUE(detail.at("containers").is_null());
  auto view = gpu3();
  view.report.containers = {make_container("old", "", ContainerState::unknown)};
  view.report.users = {{"kim", "", "", std::nullopt}};
  const auto known = json_of(encode_detail(view));
  EXPECT_TRUE(known.at("containers").at(0).at("id").is_null());
  EXPECT_TRUE(known.at("containers").at(0).at("image").is_null());
  EXPECT_TRUE(known.at("containers").at(0).at("exit_code").is_null());
  EXPECT_TRUE(known.at("users").at(0).at("remote_host").is_null());
  EXPECT_TRUE(known.at("users").at(0).at("since_ms").is_null());
  view.report.containers.emplace();
  EXPECT_EQ(json_of(encode_detail(view)).at("containers_total").as_int64(), 0);
}

TEST(ServerJson, HostileNamesStayText) {
  auto view = gpu3();
  view.server.name = "a\"b\\c</script>\n\x01\x7f\xed\x95\x9c";
  const auto text = encode_detail(view);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(json_of(text).at("name").as_string(), view.server.name);
  view.server.name = "broken \xff\xc3";
  EXPECT_EQ(json_of(encode_detail(view)).at("name").as_string(), "broken ??");
}

TEST(ServerJson, AllServersOfALargeFleetComeByName) {
  Guarded<fleet::Fleet> fleet;
  std::vector<model::Server> servers;
  for (int id = 1; id <= 1'001; ++id)
    servers.push_back(make_server(id, std::to_string(10'000 - id)));
  fleet.lock()->set_servers(servers);
  const auto all = json_of(encode_all_servers(fleet, from_unix_ms(5)));
  const auto& list = all.at("servers").as_array();
  ASSERT_EQ(list.size(), 1'001u);
  EXPECT_EQ(list.front().at("name").as_string(), "8999");
  EXPECT_EQ(list.back().at("name").as_string(), "9999");
  EXPECT_EQ(all.at("server_time_ms").as_int64(), 5);
}

TEST(JsonWriter, WritesNumbersThatReadBackExactly) {
  JsonWriter json;
  json.array().number(0.1234).number(33'567'129'600.0).number(-0.5).number(1e300).number(NAN);
  json.number(INFINITY).number(0).number(1e-9).integer(-7).end_array();
  const auto text = json.take();
  EXPECT_TRUE(text.starts_with("[0.1234,33567129600,-0.5,")) << text;
  const auto read = json_of(text);
  EXPECT_EQ(read.at(3).to_number<double>(), 1e300);
  EXPECT_TRUE(read.at(4).is_null());
  EXPECT_TRUE(read.at(5).is_null());
  EXPECT_EQ(read.at(7).to_number<double>(), 1e-9);
}

}  // namespace
}  // namespace wakeful::api
