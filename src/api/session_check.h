// api/session_check.h: who asks, and whether a page of ours made them ask.
//
// Used by the router and the session resource. thread: any
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/api.h"
#include "base/result.h"
#include "net/http.h"
#include "store/registry.h"

namespace wakeful::api {

inline constexpr std::string_view kSessionCookie = "wakeful_session";

/// The value of a cookie, or nullopt.
std::optional<std::string_view> find_cookie(const net::Headers& headers, std::string_view name);

struct Caller {
  std::optional<store::User> user;
  std::string session;  ///< token hash of a living session, empty without
};

/// The session that the cookie names, when it is neither idle for too long nor too old. Its last
/// use is noted, at most once a minute. An ended one is removed.
/// blocks: store. errors  those of the registry
Result<Caller> find_caller(const net::Request& request, const Deps& deps);

/// Refuse a request that another site's page made a browser send. Sec-Fetch-Site decides; browsers
/// without it say Origin, which must be this host. A client that sends neither is no browser, and
/// the cookie is SameSite=Strict besides.
/// errors  denied: says which header said what
Result<void> check_same_origin(const net::Request& request);

/// Start a session of a user, ending the one the caller had; gives the Set-Cookie value.
/// blocks: store. errors  those of the registry
Result<std::string> start_session(const store::User& user, const Call& call, const Deps& deps);
/// The Set-Cookie value that makes the browser forget.
std::string forget_cookie(const Deps& deps);

}  // namespace wakeful::api
