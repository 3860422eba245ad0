// The samples resource: the history of one entity of a server, as aligned columns.

#include <algorithm>

#include "api/json_writer.h"
#include "api/routes.h"
#include "base/strings.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

using model::EntityKind;

constexpr std::int64_t kMaxLimit = 10'000;
constexpr std::int64_t kDefaultLimit = 30;
constexpr std::size_t kMaxEntityBytes = 255;

/// "host", "container:NAME" or "core:INDEX" into the query.
Result<void> read_entity(const std::string& text, store::SampleQuery& query) {
  constexpr std::string_view kContainer = "container:";
  constexpr std::string_view kCore = "core:";
  if (text == "host") {
    query.entity = EntityKind::host;
    return {};
  }
  if (text.starts_with(kContainer)) {
    query.entity = EntityKind::container;
    query.entity_name = text.substr(kContainer.size());
    if (!query.entity_name.empty() && query.entity_name.size() <= kMaxEntityBytes) return {};
  }
  if (text.starts_with(kCore)) {
    const auto index = parse_integer<std::uint32_t>(std::string_view(text).substr(kCore.size()));
    query.entity = EntityKind::core;
    if (index) {
      query.entity_name = std::to_string(*index);
      return {};
    }
  }
  return fail(Errc::invalid,
              "entity: expected host, container:NAME or core:INDEX, got " + shorten(text, 60));
}

Error unknown_metric(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& info : model::metric_catalogue()) names.push_back(info.name);
  const auto meant = nearest(name, names);
  std::string message = "metrics: there is no metric named " + shorten(name, 60);
  message += meant.empty() ? "; GET /api/v1/metrics lists them"
                           : "; did you mean " + std::string(meant) + "?";
  return {Errc::invalid, std::move(message)};
}

/// Names separated by commas; none means all of the entity. Each counts once.
Result<void> read_metrics(const std::optional<std::string>& text, store::SampleQuery& query) {
  if (!text) {
    for (const auto& info : model::metric_catalogue()) {
      if (info.entity == query.entity) query.metrics.push_back(info.metric);
    }
    return {};
  }
  for (const auto name : split(*text, ',')) {
    const auto metric = model::find_metric(name);
    if (!metric) return fail(unknown_metric(name));
    const auto entity = model::metric_info(*metric).entity;
    if (entity != query.entity) {
      return fail(Errc::invalid, "metrics: expected metrics of a " +
                                     std::string(model::entity_kind_name(query.entity)) + ", got " +
                                     std::string(name) + ", which is of a " +
                                     std::string(model::entity_kind_name(entity)));
    }
    if (std::ranges::find(query.metrics, *metric) == query.metrics.end()) {
      query.metrics.push_back(*metric);
    }
  }
  return {};
}

Result<store::SampleQuery> read_query(const net::Request& request, model::ServerId server) {
  store::SampleQuery query;
  query.server = server;
  auto entity = wire::query_parameter(request.query, "entity");
  if (!entity) return fail(entity.error());
  if (auto read = read_entity(entity->value_or("host"), query); !read) return fail(read.error());
  auto metrics = wire::query_parameter(request.query, "metrics");
  if (!metrics) return fail(metrics.error());
  if (auto read = read_metrics(*metrics, query); !read) return fail(read.error());
  const auto limit = query_integer(request, "limit", kDefaultLimit, 1, kMaxLimit);
  if (!limit) return fail(limit.error());
  query.limit = static_cast<std::size_t>(*limit);
  // Milliseconds up to the year 9999 and something.
  constexpr std::int64_t kMaxTime = 253'402'300'799'999;
  const auto before = query_integer(request, "before_ms", -1, 0, kMaxTime);
  if (!before) return fail(before.error());
  if (*before >= 0) query.before = from_unix_ms(*before);
  return query;
}

std::string encode_columns(const store::SampleQuery& query, const store::Columns& columns) {
  JsonWriter json;
  json.object().key("metrics").array();
  for (const auto metric : query.metrics) json.text(model::metric_info(metric).name);
  json.end_array().key("time_ms").array();
  for (const auto time : columns.times) json.integer(to_unix_ms(time));
  json.end_array().key("columns").object();
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    json.key(model::metric_info(query.metrics[i]).name).array();
    for (const double value : columns.values.at(i)) json.number(value);
    json.end_array();
  }
  json.end_object().key("more").boolean(columns.more);
  return json.end_object().take();
}

}  // namespace

Result<net::Response> get_samples(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  if (deps.fleet.lock()->find(*id) == nullptr) return fail(no_such_server(call.path.at("id")));
  const auto query = read_query(call.request, *id);
  if (!query) return fail(query.error());
  const auto columns = deps.samples.read(*query);
  if (!columns) return fail(columns.error());
  return json_response(200, encode_columns(*query, *columns));
}

}  // namespace wakeful::api
