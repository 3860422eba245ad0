// The samples resource: the history of one entity of a server, as aligned columns or CSV.

#include "api/csv_writer.h"
#include "api/json_writer.h"
#include "api/query.h"
#include "api/routes.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

constexpr std::int64_t kMaxLimit = 10'000;
constexpr std::int64_t kDefaultLimit = 30;
/// A file is written in one piece; what a store gives at most.
constexpr std::int64_t kMaxCsvLimit = 100'000;

/// Without metrics all of the entity.
Result<std::vector<model::Metric>> read_metrics(std::string_view raw, model::EntityKind kind) {
  const auto text = wire::query_parameter(raw, "metrics");
  if (!text) return fail(text.error());
  if (*text) return parse_metrics(**text, kind, "metrics");
  std::vector<model::Metric> all;
  for (const auto& info : model::metric_catalogue()) {
    if (info.entity == kind) all.push_back(info.metric);
  }
  return all;
}

Result<store::SampleQuery> read_query(std::string_view raw, model::ServerId server, Format format) {
  store::SampleQuery query;
  query.server = server;
  const auto text = wire::query_parameter(raw, "entity");
  if (!text) return fail(text.error());
  auto entity = parse_entity(text->value_or("host"), "entity");
  if (!entity) return fail(std::move(entity.error()));
  query.entity = entity->kind;
  query.entity_name = std::move(entity->name);
  auto metrics = read_metrics(raw, query.entity);
  if (!metrics) return fail(std::move(metrics.error()));
  query.metrics = std::move(*metrics);
  const bool csv = format == Format::csv;
  const auto limit = query_integer(raw, "limit", csv ? kMaxCsvLimit : kDefaultLimit, 1,
                                   csv ? kMaxCsvLimit : kMaxLimit);
  if (!limit) return fail(limit.error());
  query.limit = static_cast<std::size_t>(*limit);
  const auto from = query_time(raw, "from_ms");
  if (!from) return fail(from.error());
  query.from = *from;
  const auto before = query_time(raw, "before_ms");
  if (!before) return fail(before.error());
  query.before = *before;
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

std::string encode_csv(const store::SampleQuery& query, const store::Columns& columns) {
  CsvWriter csv;
  csv.text("time");
  for (const auto metric : query.metrics) csv.text(model::metric_info(metric).name);
  csv.end_line();
  for (std::size_t row = 0; row < columns.times.size(); ++row) {
    csv.time(columns.times[row]);
    for (const auto& values : columns.values) csv.number(values.at(row));
    csv.end_line();
  }
  return csv.take();
}

}  // namespace

Result<net::Response> get_samples(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  const auto name = server_name(*id, deps);
  if (!name) return fail(name.error());
  const auto format = asked_format(call);
  if (!format) return fail(format.error());
  const auto query = read_query(call.request.query, *id, *format);
  if (!query) return fail(query.error());
  const auto columns = deps.samples.read(*query);
  if (!columns) return fail(columns.error());
  if (*format == Format::json) return json_response(200, encode_columns(*query, *columns));
  auto response =
      csv_response(encode_csv(*query, *columns),
                   "wakeful-" + *name + "-" + entity_text(query->entity, query->entity_name));
  // A file that lacks its older part must say so.
  response.headers.add("Wakeful-More", columns->more ? "true" : "false");
  return response;
}

}  // namespace wakeful::api
