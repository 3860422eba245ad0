// server/exchange.h: one request with the means to answer it, and what all receivers share.
//
// A receiver takes one of the report protocols: native_receiver.h, monitor_receiver.h,
// collector_receiver.h. Receivers live on the loop's thread and never block.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/worker_pool.h"
#include "server/directory.h"
#include "server/ingest.h"
#include "server/refusals.h"
#include "store/registry.h"

namespace wakeful::server {

struct Exchange {
  net::Request request;
  net::Responder respond;
};
using ExchangePtr = std::shared_ptr<Exchange>;

struct ReceiverContext {
  net::Loop& loop;
  const Clock& clock;
  store::Registry& registry;
  Directory& directory;
  Ingest& ingest;
  /// One thread, so that look-ups for one new agent follow each other.
  net::WorkerPool& lookups;
  net::WorkerPool& workers;
  Refusals& refusals;
  /// How old a report may be: see time_rule.h.
  Milliseconds retention{std::chrono::hours(24 * 30)};
};

/// The error as problem details, with Retry-After where trying again may help.
net::Response error_reply(const Error& error);
net::Response text_reply(int status, std::string_view text);
/// 405 with the methods that are allowed ("GET, HEAD").
net::Response method_not_allowed(std::string_view allowed);

/// Of a report that carries the time of receipt, when that is out of range.
inline constexpr std::string_view kNoTime =
    "this server's clock shows a time that cannot be; nothing was stored. Set it right (NTP).";

/// For a full queue of work.
Error too_busy();

}  // namespace wakeful::server
