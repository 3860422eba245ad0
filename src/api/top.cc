// The top resource: the entities of the whole fleet with the highest value of a metric.

#include "api/json_writer.h"
#include "api/query.h"
#include "api/routes.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

constexpr std::int64_t kDefaultLimit = 10;
constexpr std::int64_t kMaxLimit = 1'000;

Result<store::TopQuery> read_top(std::string_view raw) {
  const auto name = wire::query_parameter(raw, "metric");
  if (!name) return fail(name.error());
  if (!*name) {
    return fail(Errc::invalid, "metric: expected a metric such as host_cpu_ratio, got none");
  }
  const auto metric = parse_metric(**name, "metric");
  if (!metric) return fail(metric.error());
  const auto limit = query_integer(raw, "limit", kDefaultLimit, 1, kMaxLimit);
  if (!limit) return fail(limit.error());
  const auto at = query_time(raw, "at_ms");
  if (!at) return fail(at.error());
  store::TopQuery query;
  query.metric = *metric;
  query.limit = static_cast<std::size_t>(*limit);
  query.at = *at;
  return query;
}

}  // namespace

Result<net::Response> get_top(const Call& call, const Deps& deps) {
  const auto query = read_top(call.request.query);
  if (!query) return fail(query.error());
  const auto top = deps.samples.top(*query);
  if (!top) return fail(top.error());
  const auto& info = model::metric_info(query->metric);
  JsonWriter json;
  json.object().key("metric").text(info.name).key("unit").text(model::unit_name(info.unit));
  json.key("entries").array();
  for (const auto& entry : *top) {
    const auto name = server_name(entry.server, deps);
    if (!name) continue;  // deleted a moment ago
    json.object().key("server").integer(model::to_number(entry.server));
    json.key("server_name").text(*name);
    json.key("entity").text(entity_text(info.entity, entry.entity_name));
    json.key("value").number(entry.value);
    json.key("time_ms").integer(to_unix_ms(entry.time)).end_object();
  }
  return json_response(200, json.end_array().end_object().take());
}

}  // namespace wakeful::api
