// server/routes.h: which part of the server answers which request.
//
// Lives on the loop's thread. Reports are taken here; the API runs on worker threads; the rest is
// the dashboard's files.
#pragma once

#include <functional>
#include <span>

#include "api/api.h"
#include "net/http.h"
#include "net/http_server.h"
#include "server/assets.h"
#include "server/collector_receiver.h"
#include "server/exchange.h"
#include "server/monitor_receiver.h"
#include "server/native_receiver.h"
#include "server/write_health.h"
#include "store/samples.h"

namespace wakeful::server {

class Routes {
 public:
  struct Parts {
    const ReceiverContext& context;
    NativeReceiver& native;
    MonitorReceiver& monitor;
    CollectorReceiver& collector;
    WriteHealth& health;
    store::Samples& samples;
    const api::Deps& api;
    std::span<const Asset> assets;
  };
  explicit Routes(const Parts& parts) : parts_(parts) {}

  void handle(net::Request request, net::Responder respond);

 private:
  void health(const ExchangePtr& exchange);
  void call_api(const ExchangePtr& exchange);

  const Parts parts_;
};

/// GET /health: `{"status": "healthy", "timestamp": "2024-09-04T15:30:00.123456"}`, or 503 with the
/// reason. docs/protocol.md §2.
net::Response health_response(const std::optional<std::string>& reason, WallTime now);

}  // namespace wakeful::server
