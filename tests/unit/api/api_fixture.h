// tests/unit/api/api_fixture.h: the API over a store in memory, with an admin, a viewer and two
// servers.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "api/api.h"
#include "support/fake_clock.h"
#include "support/fleet_reports.h"
#include "support/memory_store.h"

namespace wakeful::test {

/// Parse JSON or fail the test. Numbers compare by value: see json_equal.
boost::json::value json_of(std::string_view text);
/// The JSON file tests/fixtures/api/NAME.
boost::json::value fixture(const std::string& name);
/// Empty when both are the same, whichever way their numbers are written; else where they differ.
std::string json_difference(const boost::json::value& a, const boost::json::value& b,
                            const std::string& path = "");

class ApiTest : public testing::Test {
 protected:
  using Lines = std::initializer_list<std::pair<const char*, std::string>>;

  ApiTest();

  /// A session of a new user with this role; gives the cookie's value.
  std::string log_in_as(store::Role role, const std::string& name);
  net::Response ask(net::Method method, const std::string& target, const std::string& body = "",
                    Lines headers = {});
  /// With a session, as the page asks: same origin, JSON.
  net::Response get(const std::string& target) {
    return ask(net::Method::get, target, "", {{"Cookie", cookie(admin)}});
  }
  net::Response post(const std::string& target, const std::string& body);
  net::Response del(const std::string& target);
  static std::string cookie(const std::string& token) { return "wakeful_session=" + token; }
  static std::string header(const net::Response& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or(""));
  }
  static std::string detail(const net::Response& response);
  void reload_servers() { fleet.lock()->set_servers(*registry.servers()); }

  FakeClock clock;
  MemoryRegistry registry;
  MemorySamples samples;
  Guarded<fleet::Fleet> fleet;
  api::Setup setup;
  api::LoginLimiter logins;
  api::RefusalLog refusals;
  api::LiveFeed live{fleet, clock};
  int servers_changed_calls = 0;
  api::Deps deps;
  std::string admin;  ///< session cookies
  std::string viewer;
};

}  // namespace wakeful::test
