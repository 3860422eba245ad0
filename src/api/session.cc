// The session resource: who is logged in, first-run setup, login, logout.

#include <chrono>

#include "api/json_body.h"
#include "api/json_writer.h"
#include "api/routes.h"
#include "api/session_check.h"
#include "auth/secret.h"
#include "base/log.h"
#include "base/strings.h"

namespace wakeful::api {
namespace {

constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxPasswordBytes = 1024;
constexpr std::size_t kMaxTokenBytes = 128;

std::string_view role_name(store::Role role) {
  switch (role) {
    case store::Role::admin:
      return "admin";
    case store::Role::operator_:
      return "operator";
    case store::Role::viewer:
      break;
  }
  return "viewer";
}

net::Response session_response(const std::optional<store::User>& user, bool setup_needed) {
  JsonWriter json;
  json.object().key("user");
  if (user) {
    json.object().key("name").text(user->name).key("role").text(role_name(user->role));
    json.end_object();
  } else {
    json.null();
  }
  json.key("setup_needed").boolean(setup_needed);
  json.key("version").text(WAKEFUL_VERSION);
  return json_response(200, json.end_object().take());
}

Result<net::Response> logged_in(const store::User& user, const Call& call, const Deps& deps) {
  auto cookie = start_session(user, call, deps);
  if (!cookie) return fail(cookie.error());
  auto response = session_response(user, false);
  response.headers.add("Set-Cookie", std::move(*cookie));
  return response;
}

net::Response too_many_attempts(Milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto response = net::problem_response(
      429, net::status_title(429),
      "too many failed attempts for this name or from this address; try again in " +
          std::to_string(seconds) + " s");
  response.headers.add("Retry-After", std::to_string(seconds));
  return response;
}

struct SetupForm {
  std::string token;
  std::string name;
  std::string password;
};

Result<SetupForm> read_setup_form(const std::string& text) {
  const auto body = JsonBody::parse(text);
  if (!body) return fail(body.error());
  auto token = body->text("token", kMaxTokenBytes);
  if (!token) return fail(token.error());
  auto name = body->text("name", kMaxNameBytes);
  if (!name) return fail(name.error());
  auto password = body->text("password", kMaxPasswordBytes);
  if (!password) return fail(password.error());
  return SetupForm{std::move(*token), std::move(*name), std::move(*password)};
}

}  // namespace

Result<net::Response> get_session(const Call& call, const Deps& deps) {
  if (call.user) return session_response(call.user, false);
  const auto users = deps.registry.count_users();
  if (!users) return fail(users.error());
  return session_response(std::nullopt, *users == 0);
}

Result<net::Response> post_setup(const Call& call, const Deps& deps) {
  auto form = read_setup_form(call.request.body);
  if (!form) return fail(form.error());
  if (!deps.setup.matches(form->token)) {
    return fail(Errc::denied,
                "token: this setup link is wrong or was used; restart the server for a new one, or "
                "log in when the account is made already");
  }
  // A user's name follows the rules of a server's.
  auto name = model::check_server_name(form->name);
  if (!name) return fail(name.error());
  const auto hash = auth::hash_password(form->password);
  if (!hash) return fail(hash.error());
  const auto user = deps.registry.add_first_user(*name, *hash);
  if (!user) {
    if (user.error().code != Errc::conflict) return fail(user.error());
    deps.setup.finish();
    return fail(Errc::denied, "the first account is made already; log in with it");
  }
  deps.setup.finish();
  log::info("api", "first account made",
            {{"name", user->name}, {"address", call.request.remote_address}});
  return logged_in(*user, call, deps);
}

Result<net::Response> post_login(const Call& call, const Deps& deps) {
  const auto body = JsonBody::parse(call.request.body);
  if (!body) return fail(body.error());
  const auto name = body->text("name", kMaxNameBytes);
  if (!name) return fail(name.error());
  const auto password = body->text("password", kMaxPasswordBytes);
  if (!password) return fail(password.error());
  const auto& address = call.request.remote_address;
  if (const auto wait = deps.logins.begin(*name, address, deps.clock.mono_now())) {
    return too_many_attempts(*wait);
  }
  const auto user = deps.registry.find_user(*name);
  if (!user) return fail(user.error());
  bool right = false;
  if (*user) {
    right = auth::verify_password(*password, (*user)->password_hash);
  } else {
    auth::verify_nothing(*password);
  }
  if (!right) {
    log::warning("api", "login refused", {{"name", *name}, {"address", address}});
    return fail(Errc::unauthorized, "the name or the password is wrong");
  }
  deps.logins.succeeded(*name, address);
  log::info("api", "login", {{"name", *name}, {"address", address}});
  return logged_in(**user, call, deps);
}

Result<net::Response> post_logout(const Call& call, const Deps& deps) {
  if (!call.session.empty()) {
    deps.live.close_session(call.session);
    if (auto ended = deps.registry.remove_session(call.session); !ended) return fail(ended.error());
  }
  net::Response response;
  response.status = 204;
  response.headers.add("Set-Cookie", forget_cookie(deps));
  return response;
}

}  // namespace wakeful::api
