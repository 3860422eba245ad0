#include "api/query.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

using model::EntityKind;

constexpr std::string_view kContainer = "container:";
constexpr std::string_view kCore = "core:";
constexpr std::size_t kMaxEntityBytes = 255;
constexpr std::size_t kMaxServers = 1'000;
constexpr std::int64_t kDefaultPoints = 300;
constexpr std::int64_t kMaxAskedPoints = 10'000;
constexpr Milliseconds kDefaultRange{std::chrono::hours(1)};
constexpr Milliseconds kDay{std::chrono::hours(24)};
constexpr std::int64_t kMaxStepMs = Milliseconds(std::chrono::hours(24 * 3'653)).count();

constexpr std::array<std::int64_t, 19> kNiceSeconds{
    1,   2,   5,     10,    15,    20,        30,        60,        120,       300,
    600, 900, 1'200, 1'800, 3'600, 2 * 3'600, 3 * 3'600, 6 * 3'600, 12 * 3'600};

/// What came, fit to stand in a message whatever bytes it holds.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 60;
  if (!is_utf8(text)) return "bytes that are not UTF-8";
  auto out = shorten(text, kShownBytes);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return out.empty() ? "nothing" : out;
}

auto wrong(std::string_view parameter, std::string_view expected, std::string_view got) {
  std::string message(parameter);
  message += ": expected ";
  message += expected;
  message += ", got " + shown(got);
  return fail(Errc::invalid, std::move(message));
}

Result<store::SeriesKey> parse_series(std::string_view text) {
  constexpr std::string_view kExpected =
      "SERVER/ENTITY/METRIC such as 7/container:web/container_cpu_ratio";
  const auto first = text.find('/');
  const auto last = text.rfind('/');
  if (first == std::string_view::npos || first == last) return wrong("series", kExpected, text);
  const auto server = parse_integer<std::int64_t>(text.substr(0, first));
  if (!server || *server <= 0) return wrong("series", kExpected, text);
  auto entity = parse_entity(text.substr(first + 1, last - first - 1), "series");
  if (!entity) return fail(std::move(entity.error()));
  const auto metric = parse_metric(text.substr(last + 1), "series");
  if (!metric) return fail(metric.error());
  const auto& info = model::metric_info(*metric);
  if (info.entity != entity->kind) {
    return wrong("series",
                 "a metric of a " + std::string(model::entity_kind_name(entity->kind)) + " for " +
                     shown(entity_text(entity->kind, entity->name)),
                 std::string(info.name) + ", which is of a " +
                     std::string(model::entity_kind_name(info.entity)));
  }
  return store::SeriesKey{model::ServerId{*server}, *metric, std::move(entity->name)};
}

/// from_ms and before_ms, without a step yet.
Result<Range> read_ends(std::string_view query, WallTime now) {
  const auto from = query_time(query, "from_ms");
  if (!from) return fail(from.error());
  const auto before = query_time(query, "before_ms");
  if (!before) return fail(before.error());
  Range range{};
  range.before = before->value_or(*from ? std::max(now, **from + Milliseconds(1)) : now);
  range.from = from->value_or(std::max(range.before - kDefaultRange, WallTime{}));
  if (range.from >= range.before) {
    return wrong("from_ms", "a time before before_ms, " + std::to_string(to_unix_ms(range.before)),
                 std::to_string(to_unix_ms(range.from)));
  }
  return range;
}

/// Steps on the grid that begins in 1970, which the range touches.
std::int64_t count_steps(const Range& range) {
  const auto step = range.step.count();
  return (to_unix_ms(range.before) + step - 1) / step - to_unix_ms(range.from) / step;
}

}  // namespace

Result<EntityName> parse_entity(std::string_view text, std::string_view parameter) {
  if (text == "host") return EntityName{};
  if (text.starts_with(kContainer)) {
    const auto name = text.substr(kContainer.size());
    if (!name.empty() && name.size() <= kMaxEntityBytes) {
      return EntityName{EntityKind::container, std::string(name)};
    }
  }
  if (text.starts_with(kCore)) {
    const auto index = parse_integer<std::uint32_t>(text.substr(kCore.size()));
    if (index) return EntityName{EntityKind::core, std::to_string(*index)};
  }
  return wrong(parameter, "host, container:NAME or core:INDEX", text);
}

std::string entity_text(EntityKind kind, std::string_view name) {
  if (kind == EntityKind::container) return std::string(kContainer) + std::string(name);
  if (kind == EntityKind::core) return std::string(kCore) + std::string(name);
  return "host";
}

Result<model::Metric> parse_metric(std::string_view text, std::string_view parameter) {
  if (const auto metric = model::find_metric(text)) return *metric;
  std::string message(parameter);
  message += ": there is no metric named " + shown(text);
  constexpr std::size_t kLongestGuessed = 100;
  std::vector<std::string_view> names;
  for (const auto& info : model::metric_catalogue()) names.push_back(info.name);
  const auto meant = text.size() <= kLongestGuessed ? nearest(text, names) : std::string_view();
  message += meant.empty() ? "; GET /api/v1/metrics lists them"
                           : "; did you mean " + std::string(meant) + "?";
  return fail(Errc::invalid, std::move(message));
}

Result<std::vector<model::Metric>> parse_metrics(std::string_view text, EntityKind kind,
                                                 std::string_view parameter) {
  std::vector<model::Metric> metrics;
  for (const auto name : split(text, ',')) {
    const auto metric = parse_metric(name, parameter);
    if (!metric) return fail(metric.error());
    const auto entity = model::metric_info(*metric).entity;
    if (entity != kind) {
      return wrong(
          parameter, "metrics of a " + std::string(model::entity_kind_name(kind)),
          std::string(name) + ", which is of a " + std::string(model::entity_kind_name(entity)));
    }
    if (std::ranges::find(metrics, *metric) == metrics.end()) metrics.push_back(*metric);
  }
  return metrics;
}

Result<std::int64_t> query_integer(std::string_view query, std::string_view name,
                                   std::int64_t fallback, std::int64_t minimum,
                                   std::int64_t maximum) {
  const auto text = wire::query_parameter(query, name);
  if (!text) return fail(text.error());
  if (!*text) return fallback;
  const auto number = parse_integer<std::int64_t>(**text);
  if (!number || *number < minimum || *number > maximum) {
    return wrong(
        name, "a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum),
        **text);
  }
  return *number;
}

Result<std::optional<WallTime>> query_time(std::string_view query, std::string_view name) {
  const auto ms = query_integer(query, name, -1, 0, kMaxTimeMs);
  if (!ms) return fail(ms.error());
  if (*ms < 0) return std::optional<WallTime>();
  return std::optional(from_unix_ms(*ms));
}

Result<std::vector<std::string>> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  for (const auto pair : split(query, '&')) {
    const auto equals = pair.find('=');
    const auto key = wire::percent_decode(pair.substr(0, equals));
    if (!key || *key != name) continue;  // a broken name is nobody's parameter
    auto value = wire::percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                       : pair.substr(equals + 1));
    if (!value) return fail(std::move(value.error()).with_context(name));
    values.push_back(std::move(*value));
  }
  return values;
}

Result<std::vector<store::SeriesKey>> query_series(std::string_view query) {
  const auto texts = query_values(query, "series");
  if (!texts) return fail(texts.error());
  if (texts->empty() || texts->size() > store::kMaxSeries) {
    return wrong("series", "1 to " + std::to_string(store::kMaxSeries) + " of them",
                 texts->empty() ? "none" : std::to_string(texts->size()));
  }
  std::vector<store::SeriesKey> keys;
  for (const auto& text : *texts) {
    auto key = parse_series(text);
    if (!key) return fail(std::move(key.error()));
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<std::vector<model::ServerId>> query_servers(std::string_view query) {
  const auto text = wire::query_parameter(query, "servers");
  if (!text) return fail(text.error());
  std::vector<model::ServerId> ids;
  if (!*text) return ids;
  for (const auto piece : split(**text, ',')) {
    const auto id = parse_integer<std::int64_t>(piece);
    if (!id || *id <= 0) return wrong("servers", "ids separated by commas", piece);
    if (ids.size() >= kMaxServers) {
      return wrong("servers", "at most " + std::to_string(kMaxServers) + " ids", "more");
    }
    ids.push_back(model::ServerId{*id});
  }
  return ids;
}

Milliseconds nice_step(Milliseconds range, std::int64_t points) {
  const auto wanted = (range.count() + points - 1) / points;
  for (const auto seconds : kNiceSeconds) {
    if (seconds * 1'000 >= wanted) return std::chrono::seconds(seconds);
  }
  return kDay * ((wanted + kDay.count() - 1) / kDay.count());
}

Result<Range> query_range(std::string_view query, WallTime now, std::size_t lines) {
  auto range = read_ends(query, now);
  if (!range) return range;
  const auto step = query_integer(query, "step_ms", 0, 1, kMaxStepMs);
  if (!step) return fail(step.error());
  const auto most = static_cast<std::int64_t>(store::kMaxPoints);
  const auto points = query_integer(query, "points", 0, 1, kMaxAskedPoints);
  if (!points) return fail(points.error());
  if (*step > 0 && *points > 0) return wrong("points", "step_ms or points", "both");
  range->step =
      *step > 0 ? Milliseconds(*step)
                : nice_step(range->before - range->from, *points > 0 ? *points : kDefaultPoints);
  const auto bound =
      std::min(most, static_cast<std::int64_t>(kMaxAnswerPoints / std::max<std::size_t>(lines, 1)));
  if (count_steps(*range) > bound) {
    const auto length = (range->before - range->from).count();
    return wrong(
        *step > 0 ? "step_ms" : "points",
        "at most " + std::to_string(bound) + " points for " + std::to_string(lines) +
            " series, so a step of " +
            std::to_string(
                nice_step(Milliseconds(length), std::max<std::int64_t>(bound - 1, 1)).count()) +
            " ms or more",
        std::to_string(count_steps(*range)) + " points");
  }
  return range;
}

Result<Format> query_format(std::string_view query, std::string_view accept) {
  const auto format = wire::query_parameter(query, "format");
  if (!format) return fail(format.error());
  if (*format) {
    if (**format == "csv") return Format::csv;
    if (**format == "json") return Format::json;
    return wrong("format", "json or csv", **format);
  }
  for (const auto item : split(accept, ',')) {
    const auto type = trim(item.substr(0, item.find(';')));
    if (type == "text/csv") return Format::csv;
    if (type == "application/json" || type == "*/*") return Format::json;
  }
  return Format::json;
}

}  // namespace wakeful::api
