#include "unit/api/api_fixture.h"

#include <cmath>

#include <boost/json/parse.hpp>

#include "auth/secret.h"
#include "base/file.h"

namespace wakeful::test {

boost::json::value json_of(std::string_view text) {
  boost::json::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error);
  EXPECT_FALSE(error) << error.message() << ": " << text;
  return value;
}

boost::json::value fixture(const std::string& name) {
  const auto text = read_file(std::string(WAKEFUL_FIXTURES) + "/api/" + name);
  EXPECT_TRUE(text) << name;
  return text ? json_of(*text) : boost::json::value();
}

std::string json_difference(const boost::json::value& a, const boost::json::value& b,
                            const std::string& path) {
  if (a.is_number() && b.is_number()) {
    const auto x = a.to_number<double>();
    const auto y = b.to_number<double>();
    return std::abs(x - y) <= 1e-12 * std::abs(x) ? "" : path + ": numbers differ";
  }
  if (a.kind() != b.kind()) return path + ": kinds differ";
  if (a.is_array()) {
    const auto& x = a.get_array();
    const auto& y = b.get_array();
    if (x.size() != y.size()) return path + ": lengths differ";
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto found = json_difference(x[i], y[i], path + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return "";
  }
  if (a.is_object()) {
    const auto& x = a.get_object();
    const auto& y = b.get_object();
    for (const auto& [key, value] : y) {
      if (!x.contains(key)) return path + "." + std::string(key) + ": only in the second";
    }
    for (const auto& [key, value] : x) {
      const auto* const other = y.if_contains(key);
      if (other == nullptr) return path + "." + std::string(key) + ": only in the first";
      auto found = json_difference(value, *other, path + "." + std::string(key));
      if (!found.empty()) return found;
    }
    return "";
  }
  return a == b ? "" : path + ": values differ";
}

ApiTest::ApiTest()
    : deps{registry,
           samples,
           fleet,
           clock,
           setup,
           logins,
           refusals,
           live,
           [this] {
             ++servers_changed_calls;
             reload_servers();
           },
           [this](model::ServerId id) -> Result<void> {
             if (auto removed = registry.remove_server(id); !removed) return removed;
             if (auto removed = samples.remove_server(id); !removed) return removed;
             reload_servers();
             return {};
           }} {
  EXPECT_TRUE(registry.add_server("gpu3", model::Origin::native, "key-hash-1", clock.wall_now()));
  EXPECT_TRUE(registry.add_server("nas", model::Origin::collector, {}, clock.wall_now()));
  reload_servers();
  admin = log_in_as(store::Role::admin, "kim");
  viewer = log_in_as(store::Role::viewer, "guest");
}

std::string ApiTest::log_in_as(store::Role role, const std::string& name) {
  const auto user = registry.add_user(name, "no password", role);
  EXPECT_TRUE(user);
  auto token = auth::make_token();
  store::Session session;
  session.token_hash = auth::hash_secret(token);
  session.user_id = user->id;
  session.created = clock.wall_now();
  session.last_seen = clock.wall_now();
  EXPECT_TRUE(registry.add_session(session));
  return token;
}

net::Response ApiTest::ask(net::Method method, const std::string& target, const std::string& body,
                           Lines headers) {
  net::Request request;
  request.method = method;
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.headers.add("Host", "wakeful.example:8000");
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  request.body = body;
  request.remote_address = "10.0.0.5";
  return api::handle(request, deps);
}

net::Response ApiTest::post(const std::string& target, const std::string& body) {
  return ask(net::Method::post, target, body,
             {{"Cookie", cookie(admin)},
              {"Sec-Fetch-Site", "same-origin"},
              {"Content-Type", "application/json"}});
}

net::Response ApiTest::del(const std::string& target) {
  return ask(net::Method::delete_, target, "",
             {{"Cookie", cookie(admin)}, {"Sec-Fetch-Site", "same-origin"}});
}

std::string ApiTest::detail(const net::Response& response) {
  EXPECT_EQ(response.content_type, "application/problem+json") << response.body;
  const auto problem = json_of(response.body);
  EXPECT_EQ(problem.at("status").as_int64(), response.status);
  return std::string(problem.at("detail").as_string());
}

}  // namespace wakeful::test
