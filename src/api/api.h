// api/api.h: the JSON API under /api/v1. One file per resource; routes.def is the index.
// docs/protocol.md §5.
//
// Handlers are plain functions on worker threads: Result<net::Response> f(const Call&, const
// Deps&). The router does what they share: method and path, session, role, cross-site check, error
// to status. Reports do not come here (server/ingest.h).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/live_feed.h"
#include "api/login_limiter.h"
#include "api/refusal_log.h"
#include "api/setup.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "fleet/fleet.h"
#include "net/http.h"
#include "store/registry.h"
#include "store/samples.h"

namespace wakeful::api {

/// What handlers may use. All of it is safe to use from several threads.
struct Deps {
  store::Registry& registry;
  store::Samples& samples;
  Guarded<fleet::Fleet>& fleet;
  const Clock& clock;
  Setup& setup;
  LoginLimiter& logins;
  RefusalLog& refusals;
  LiveFeed& live;
  /// Called after a server was registered, so that the live fleet and the key cache learn of it.
  std::function<void()> servers_changed;
  /// Remove a server everywhere: registry, samples, live fleet, key cache. errors  not_found, io
  std::function<Result<void>(model::ServerId)> remove_server;
  Milliseconds session_idle{std::chrono::hours(24 * 14)};
  Milliseconds session_lifetime{std::chrono::hours(24 * 90)};
  bool secure_cookies = false;  ///< the page is reached by https
};

/// One request on its way to a handler.
struct Call {
  const net::Request& request;
  std::map<std::string, std::string> path;  ///< {"id": "7"} for /servers/{id}
  std::optional<store::User> user;          ///< who asks; set for every route that needs a session
  std::string session;                      ///< the session's token hash, empty without
};

/// Answer a request under /api/ (never a report). blocks: store and password hashing. thread: any
net::Response handle(const net::Request& request, const Deps& deps);

/// The HTTP status of an error code: the one place that decides.
int http_status(Errc code);
/// An error as problem details. The message of internal errors is logged, not sent.
net::Response error_response(const Error& error);

}  // namespace wakeful::api
