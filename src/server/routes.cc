#include "server/routes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/static_files.h"

namespace wakeful::server {
namespace {

bool is_read(net::Method method) {
  return method == net::Method::get || method == net::Method::head;
}

/// A JSON string. Only the store's own words come here; what is not printable ASCII or UTF-8 text
/// is left out.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + "\"";
}

}  // namespace

net::Response health_response(const std::optional<std::string>& reason, WallTime now) {
  std::string time = format_utc(now);
  if (time.ends_with('Z')) time.pop_back();
  time += "000";  // the old server wrote microseconds
  net::Response response;
  response.headers.add("Cache-Control", "no-store");
  if (!reason) {
    response.body = R"({"status": "healthy", "timestamp": )" + quoted(time) + "}";
    return response;
  }
  response.status = 503;
  response.headers.add("Retry-After", "5");
  response.body = R"({"status": "unhealthy", "timestamp": )" + quoted(time) + R"(, "reason": )" +
                  quoted(*reason) + "}";
  return response;
}

void Routes::handle(net::Request request, net::Responder respond) {
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(respond)});
  const net::Request& asked = exchange->request;
  if (asked.path == "/api/v1/reports") {
    parts_.native.handle(std::move(exchange));
  } else if (asked.path == "/monitor_info") {
    parts_.monitor.handle(exchange);
  } else if (asked.path == "/health") {
    health(exchange);
  } else if (asked.path == "/" && asked.method == net::Method::get &&
             is_collector_query(asked.query)) {
    parts_.collector.handle(exchange);
  } else if (asked.path == "/api" || asked.path.starts_with("/api/")) {
    call_api(exchange);
  } else {
    exchange->respond(serve_static(asked, parts_.assets));
  }
}

void Routes::health(const ExchangePtr& exchange) {
  if (!is_read(exchange->request.method)) {
    exchange->respond(method_not_allowed("GET, HEAD"));
    return;
  }
  const Clock& clock = parts_.context.clock;
  const WriteHealth::State state = parts_.health.state(clock.mono_now());
  if (state.fresh) {
    exchange->respond(health_response(state.reason, clock.wall_now()));
    return;
  }
  const bool queued = parts_.context.workers.submit([this, exchange] {
    const Clock& now = parts_.context.clock;
    const auto writable = parts_.samples.check_writable();
    if (writable) {
      parts_.health.succeeded(WriteHealth::Part::samples, now.mono_now());
    } else {
      parts_.health.failed(WriteHealth::Part::samples, writable.error().message, now.mono_now());
    }
    exchange->respond(health_response(parts_.health.state(now.mono_now()).reason, now.wall_now()));
  });
  if (!queued) exchange->respond(health_response(too_busy().message, clock.wall_now()));
}

void Routes::call_api(const ExchangePtr& exchange) {
  const bool queued = parts_.context.workers.submit(
      [this, exchange] { exchange->respond(api::handle(exchange->request, parts_.api)); });
  if (!queued) exchange->respond(error_reply(too_busy()));
}

}  // namespace wakeful::server
