// The status resource: this server itself, and what its history takes on disk.

#include "api/json_writer.h"
#include "api/routes.h"

namespace wakeful::api {

Result<net::Response> get_status(const Call&, const Deps& deps) {
  const auto size = deps.samples.size();
  if (!size) return fail(size.error());
  const auto bytes = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  JsonWriter json;
  json.object().key("version").text(WAKEFUL_VERSION);
  json.key("server_time_ms").integer(to_unix_ms(deps.clock.wall_now()));
  json.key("servers").integer(static_cast<std::int64_t>(deps.fleet.lock()->views().size()));
  json.key("watchers").integer(static_cast<std::int64_t>(deps.live.watchers()));
  json.key("store").object().key("journal_bytes").integer(bytes(size->journal_bytes));
  json.key("raw_bytes").integer(bytes(size->raw_bytes));
  json.key("minutes_bytes").integer(bytes(size->minutes_bytes));
  json.key("hours_bytes").integer(bytes(size->hours_bytes));
  json.key("total_bytes").integer(bytes(size->total())).end_object();
  return json_response(200, json.end_object().take());
}

}  // namespace wakeful::api
