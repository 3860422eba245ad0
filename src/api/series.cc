// The series resource: lines over time as the page's charts take them, or CSV.

#include "api/csv_writer.h"
#include "api/json_writer.h"
#include "api/query.h"
#include "api/routes.h"

namespace wakeful::api {
namespace {

WallTime time_of(const store::SeriesAnswer& answer, std::size_t step) {
  return answer.start + answer.step * static_cast<std::int64_t>(step);
}

void write_values(JsonWriter& json, std::string_view key, const std::vector<double>& values) {
  json.key(key).array();
  for (const double value : values) json.number(value);
  json.end_array();
}

void write_line(JsonWriter& json, const store::SeriesKey& key, const store::Points& points) {
  const auto& info = model::metric_info(key.metric);
  json.object().key("server").integer(model::to_number(key.server));
  json.key("entity").text(entity_text(info.entity, key.entity_name));
  json.key("metric").text(info.name).key("unit").text(model::unit_name(info.unit));
  json.key("count").array();
  for (const auto count : points.count) json.integer(count);
  json.end_array();
  write_values(json, "min", points.minimum);
  write_values(json, "avg", points.average);
  write_values(json, "max", points.maximum);
  json.end_object();
}

std::string encode_json(const store::SeriesQuery& query, const store::SeriesAnswer& answer) {
  JsonWriter json;
  json.object().key("from_ms").integer(to_unix_ms(answer.start));
  json.key("step_ms").integer(answer.step.count());
  json.key("tier").text(store::tier_name(answer.tier));
  json.key("time_ms").array();
  for (std::size_t i = 0; i < answer.size; ++i) json.integer(to_unix_ms(time_of(answer, i)));
  json.end_array().key("series").array();
  for (std::size_t i = 0; i < query.series.size(); ++i) {
    write_line(json, query.series[i], answer.series.at(i));
  }
  return json.end_array().end_object().take();
}

/// names: of the lines, in the order of the query
std::string encode_csv(const std::vector<std::string>& names, const store::SeriesAnswer& answer) {
  CsvWriter csv;
  csv.text("time");
  for (const auto& name : names) {
    for (const auto* const part : {".min", ".avg", ".max"}) csv.text(name + part);
  }
  csv.end_line();
  for (std::size_t i = 0; i < answer.size; ++i) {
    csv.time(time_of(answer, i));
    for (const auto& points : answer.series) {
      csv.number(points.minimum.at(i)).number(points.average.at(i)).number(points.maximum.at(i));
    }
    csv.end_line();
  }
  return csv.take();
}

/// "gpu3/container:web/container_cpu_ratio" for each line.
/// errors  not_found: a server that is not there
Result<std::vector<std::string>> line_names(const store::SeriesQuery& query, const Deps& deps) {
  std::vector<std::string> names;
  for (const auto& key : query.series) {
    auto name = server_name(key.server, deps);
    if (!name) return fail(std::move(name.error()).with_context("series"));
    const auto& info = model::metric_info(key.metric);
    names.push_back(*name + "/" + entity_text(info.entity, key.entity_name) + "/" +
                    std::string(info.name));
  }
  return names;
}

}  // namespace

Result<net::Response> get_series(const Call& call, const Deps& deps) {
  const auto format = asked_format(call);
  if (!format) return fail(format.error());
  store::SeriesQuery query;
  auto keys = query_series(call.request.query);
  if (!keys) return fail(std::move(keys.error()));
  query.series = std::move(*keys);
  const auto names = line_names(query, deps);
  if (!names) return fail(names.error());
  const auto range = query_range(call.request.query, deps.clock.wall_now(), query.series.size());
  if (!range) return fail(range.error());
  query.from = range->from;
  query.before = range->before;
  query.step = range->step;
  const auto answer = deps.samples.series(query);
  if (!answer) return fail(answer.error());
  if (*format == Format::json) return json_response(200, encode_json(query, *answer));
  return csv_response(encode_csv(*names, *answer),
                      "wakeful-series-" + format_utc(answer->start).substr(0, 10));
}

}  // namespace wakeful::api
