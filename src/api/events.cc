// The events resource: what happened to a server, newest first.

#include "api/json_writer.h"
#include "api/routes.h"

namespace wakeful::api {
namespace {

constexpr std::int64_t kDefaultLimit = 100;
constexpr std::int64_t kMaxLimit = 1'000;

void write_state(JsonWriter& json, std::optional<model::ServerState> state) {
  if (state) {
    json.text(model::server_state_name(*state));
  } else {
    json.null();
  }
}

void write_event(JsonWriter& json, const model::ServerEvent& event) {
  json.object().key("time_ms").integer(to_unix_ms(event.time));
  json.key("kind").text(model::event_kind_name(event.kind));
  write_state(json.key("from"), event.from);
  write_state(json.key("to"), event.to);
  json.key("cause").text(event.cause).end_object();
}

}  // namespace

Result<net::Response> get_events(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  if (deps.fleet.lock()->find(*id) == nullptr) return fail(no_such_server(call.path.at("id")));
  const auto limit = query_integer(call.request.query, "limit", kDefaultLimit, 1, kMaxLimit);
  if (!limit) return fail(limit.error());
  const auto events = deps.registry.events(*id, static_cast<std::size_t>(*limit));
  if (!events) return fail(events.error());
  JsonWriter json;
  json.object().key("events").array();
  for (const auto& event : *events) write_event(json, event);
  return json_response(200, json.end_array().end_object().take());
}

}  // namespace wakeful::api
