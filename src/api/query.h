// api/query.h: the parameters that several resources share: entities, metrics, series, ranges of
// time. docs/protocol.md §5.
//
// Pure: a raw (still percent-encoded) query string in, values out, whatever it holds
// (fuzz/api_query_fuzz.cc). thread: any. errors of all: invalid names the parameter, what was
// expected and what came; parse: a broken percent escape.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/metric.h"
#include "model/server.h"
#include "store/samples.h"

namespace wakeful::api {

/// The last millisecond of the year 2199: what a store takes.
inline constexpr std::int64_t kMaxTimeMs = 7'258'118'399'999;
/// Points of all series of one answer together.
inline constexpr std::size_t kMaxAnswerPoints = 1'000'000;

/// "host", "container:NAME" or "core:INDEX".
struct EntityName {
  model::EntityKind kind = model::EntityKind::host;
  std::string name;  ///< as in store::SeriesKey
};
/// parameter: what the message begins with
Result<EntityName> parse_entity(std::string_view text, std::string_view parameter);
/// The reverse of parse_entity.
std::string entity_text(model::EntityKind kind, std::string_view name);

/// A metric by name; the message names the nearest one.
Result<model::Metric> parse_metric(std::string_view text, std::string_view parameter);
/// Names separated by commas, all of one kind of entity, each counted once.
Result<std::vector<model::Metric>> parse_metrics(std::string_view text, model::EntityKind kind,
                                                 std::string_view parameter);

/// A whole number among the parameters.
Result<std::int64_t> query_integer(std::string_view query, std::string_view name,
                                   std::int64_t fallback, std::int64_t minimum,
                                   std::int64_t maximum);
/// A time in milliseconds among the parameters; nullopt when absent.
Result<std::optional<WallTime>> query_time(std::string_view query, std::string_view name);

/// All values of a parameter that may stand there several times, decoded, in order.
Result<std::vector<std::string>> query_values(std::string_view query, std::string_view name);

/// series=SERVER/ENTITY/METRIC, once or more. SERVER ends at the first slash, METRIC begins behind
/// the last one; a container's name between them may hold slashes itself.
Result<std::vector<store::SeriesKey>> query_series(std::string_view query);

/// Ids separated by commas; empty when the parameter is absent. shape: at most 1,000
Result<std::vector<model::ServerId>> query_servers(std::string_view query);

struct Range {
  WallTime from;
  WallTime before;
  Milliseconds step;
};
/// from_ms, before_ms, and step_ms or points. Without any: the hour up to now in 300 points.
/// lines: how many series the answer will have, for the bound on its size
Result<Range> query_range(std::string_view query, WallTime now, std::size_t lines);

/// The shortest of 1, 2, 5, 10, 15, 20, 30 s and min, 1, 2, 3, 6, 12 h and whole days that cuts the
/// range into no more points than these.
Milliseconds nice_step(Milliseconds range, std::int64_t points);

enum class Format : std::uint8_t { json, csv };
/// format=json or csv; without it what the Accept header asks for first; else json.
Result<Format> query_format(std::string_view query, std::string_view accept);

}  // namespace wakeful::api
