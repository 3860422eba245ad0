#include "api/session_check.h"

#include <algorithm>

#include "auth/secret.h"
#include "base/log.h"
#include "base/strings.h"

namespace wakeful::api {
namespace {

constexpr std::size_t kMaxTokenBytes = 128;
constexpr Milliseconds kTouchEvery{60'000};

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string cookie_text(std::string_view value, std::chrono::seconds max_age, bool secure) {
  std::string text(kSessionCookie);
  text += "=" + std::string(value) +
          "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(max_age.count());
  if (secure) text += "; Secure";
  return text;
}

}  // namespace

std::optional<std::string_view> find_cookie(const net::Headers& headers, std::string_view name) {
  for (const auto& [key, line] : headers.items()) {
    if (!same_text(key, "cookie")) continue;
    for (const auto piece : split(line, ';')) {
      const auto pair = trim(piece);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return pair.substr(equals + 1);
      }
    }
  }
  return std::nullopt;
}

Result<Caller> find_caller(const net::Request& request, const Deps& deps) {
  const auto token = find_cookie(request.headers, kSessionCookie);
  if (!token || token->empty() || token->size() > kMaxTokenBytes) return Caller{};
  auto hash = auth::hash_secret(*token);
  const auto session = deps.registry.find_session(hash);
  if (!session) return fail(session.error());
  if (!*session) return Caller{};
  const auto now = deps.clock.wall_now();
  const auto unused = now - (*session)->last_seen;
  if (unused >= deps.session_idle || now - (*session)->created >= deps.session_lifetime) {
    deps.live.close_session(hash);
    if (auto removed = deps.registry.remove_session(hash); !removed) return fail(removed.error());
    return Caller{};
  }
  auto user = deps.registry.find_user_by_id((*session)->user_id);
  if (!user) return fail(user.error());
  if (!*user) return Caller{};
  if (unused >= kTouchEvery || unused < Milliseconds(0)) {
    // Reading goes on when the store cannot write.
    if (auto touched = deps.registry.touch_session(hash, now); !touched) {
      log::warning("api", "use of a session not noted", {{"error", touched.error()}});
    }
  }
  Caller caller;
  caller.user = std::move(*user);
  caller.session = std::move(hash);
  return caller;
}

Result<void> check_same_origin(const net::Request& request) {
  if (const auto site = request.headers.find("Sec-Fetch-Site")) {
    if (*site == "same-origin" || *site == "none") return {};
    return fail(Errc::denied, "Sec-Fetch-Site: expected same-origin, got " + shorten(*site, 40) +
                                  ": changes are taken only from this server's own page");
  }
  const auto origin = request.headers.find("Origin");
  if (!origin) return {};
  const auto host = request.headers.find("Host").value_or("");
  const auto scheme_end = origin->find("://");
  if (scheme_end != std::string_view::npos && !host.empty() &&
      same_text(origin->substr(scheme_end + 3), host)) {
    return {};
  }
  return fail(Errc::denied, "Origin: expected the host " + shorten(host, 100) + ", got " +
                                shorten(*origin, 100) +
                                ": changes are taken only from this server's own page");
}

Result<std::string> start_session(const store::User& user, const Call& call, const Deps& deps) {
  if (!call.session.empty()) {
    deps.live.close_session(call.session);
    if (auto ended = deps.registry.remove_session(call.session); !ended) return fail(ended.error());
  }
  const auto token = auth::make_token();
  const auto now = deps.clock.wall_now();
  store::Session session;
  session.token_hash = auth::hash_secret(token);
  session.user_id = user.id;
  session.created = now;
  session.last_seen = now;
  if (auto added = deps.registry.add_session(session); !added) return fail(added.error());
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(deps.session_lifetime);
  return cookie_text(token, age, deps.secure_cookies);
}

std::string forget_cookie(const Deps& deps) {
  return cookie_text("", std::chrono::seconds(0), deps.secure_cookies);
}

}  // namespace wakeful::api
