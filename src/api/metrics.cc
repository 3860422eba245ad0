// The metrics resource: the catalogue of everything that can be measured.

#include "api/json_writer.h"
#include "api/routes.h"

namespace wakeful::api {

Result<net::Response> get_metrics(const Call&, const Deps&) {
  JsonWriter json;
  json.object().key("metrics").array();
  for (const auto& info : model::metric_catalogue()) {
    json.object().key("name").text(info.name);
    json.key("entity").text(model::entity_kind_name(info.entity));
    json.key("kind").text(info.kind == model::MetricKind::counter ? "counter" : "gauge");
    json.key("unit").text(model::unit_name(info.unit));
    json.key("quantum").number(info.quantum);
    json.key("minimum").number(info.minimum).key("maximum").number(info.maximum);
    json.key("help").text(info.help).end_object();
  }
  return json_response(200, json.end_array().end_object().take());
}

}  // namespace wakeful::api
