// The newest resource: the newest values of many servers.

#include "api/json_writer.h"
#include "api/query.h"
#include "api/routes.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

/// What is asked of which kind of entity; without metrics all of the host.
struct NewestQuery {
  model::EntityKind kind = model::EntityKind::host;
  std::vector<model::Metric> metrics;
  std::vector<model::ServerId> servers;
};

Result<NewestQuery> read_newest(std::string_view raw) {
  NewestQuery query;
  const auto text = wire::query_parameter(raw, "metrics");
  if (!text) return fail(text.error());
  if (*text) {
    const auto first =
        parse_metric(std::string_view(**text).substr(0, (*text)->find(',')), "metrics");
    if (!first) return fail(first.error());
    query.kind = model::metric_info(*first).entity;
    auto metrics = parse_metrics(**text, query.kind, "metrics");
    if (!metrics) return fail(std::move(metrics.error()));
    query.metrics = std::move(*metrics);
  } else {
    for (const auto& info : model::metric_catalogue()) {
      if (info.entity == query.kind) query.metrics.push_back(info.metric);
    }
  }
  auto servers = query_servers(raw);
  if (!servers) return fail(std::move(servers.error()));
  query.servers = std::move(*servers);
  return query;
}

std::string encode_newest(const NewestQuery& query, const std::vector<store::NewestValues>& all) {
  JsonWriter json;
  json.object().key("metrics").array();
  for (const auto metric : query.metrics) json.text(model::metric_info(metric).name);
  json.end_array().key("entries").array();
  for (const auto& one : all) {
    json.object().key("server").integer(model::to_number(one.server));
    json.key("entity").text(entity_text(query.kind, one.entity_name));
    json.key("time_ms").integer(to_unix_ms(one.time)).key("values").array();
    for (const double value : one.values) json.number(value);
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

Result<net::Response> get_newest(const Call& call, const Deps& deps) {
  const auto query = read_newest(call.request.query);
  if (!query) return fail(query.error());
  const auto newest = deps.samples.newest(query->kind, query->metrics, query->servers);
  if (!newest) return fail(newest.error());
  return json_response(200, encode_newest(*query, *newest));
}

}  // namespace wakeful::api
