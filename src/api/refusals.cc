// The refusals resource: reports that were refused, and why.

#include "api/json_writer.h"
#include "api/routes.h"

namespace wakeful::api {

Result<net::Response> get_refusals(const Call&, const Deps& deps) {
  JsonWriter json;
  json.object().key("total").integer(static_cast<std::int64_t>(deps.refusals.total()));
  json.key("recent").array();
  for (const auto& refusal : deps.refusals.recent()) {
    json.object().key("time_ms").integer(to_unix_ms(refusal.time));
    json.key("address").text(refusal.address).key("path").text(refusal.path);
    json.key("status").integer(refusal.status).key("detail").text(refusal.detail).end_object();
  }
  return json_response(200, json.end_array().end_object().take());
}

}  // namespace wakeful::api
