// The parameters of the page's API that read the history: series, ranges, entities, formats.
#include "api/query.h"
#include "fuzz/fuzz.h"

namespace wakeful {
namespace {

const WallTime kNow = from_unix_ms(1'795'158'745'123);

/// The message of a refusal is fit to be shown.
template <class T>
bool taken(const Result<T>& result) {
  if (result) return true;
  check_message(result.error().message);
  return false;
}

void check_range(std::string_view query, std::size_t lines) {
  const auto range = api::query_range(query, kNow, lines);
  if (!taken(range)) return;
  WAKEFUL_CHECK(range->from < range->before && range->step > Milliseconds(0));
  WAKEFUL_CHECK(to_unix_ms(range->from) >= 0);
  // What a store takes, whatever way the grid lies.
  const auto steps = (range->before - range->from) / range->step;
  WAKEFUL_CHECK(steps <= static_cast<std::int64_t>(store::kMaxPoints));
  WAKEFUL_CHECK(static_cast<std::size_t>(steps) * lines <= api::kMaxAnswerPoints);
}

void check_series(std::string_view query) {
  const auto keys = api::query_series(query);
  if (!taken(keys)) return;
  WAKEFUL_CHECK(!keys->empty() && keys->size() <= store::kMaxSeries);
  for (const auto& key : *keys) {
    WAKEFUL_CHECK(model::to_number(key.server) > 0);
    const auto kind = model::metric_info(key.metric).entity;
    const auto again = api::parse_entity(api::entity_text(kind, key.entity_name), "series");
    WAKEFUL_CHECK(again && again->kind == kind && again->name == key.entity_name);
  }
  check_range(query, keys->size());
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  check_series(text);
  check_range(text, 1);
  if (const auto servers = api::query_servers(text); taken(servers)) {
    WAKEFUL_CHECK(servers->size() <= 1'000);
  }
  taken(api::query_format(text, text));
  taken(api::query_time(text, "at_ms"));
  taken(api::query_integer(text, "limit", 10, 1, 1'000));
  taken(api::parse_entity(text, "entity"));
  for (const auto kind : {model::EntityKind::host, model::EntityKind::container}) {
    if (const auto metrics = api::parse_metrics(text, kind, "metrics"); taken(metrics)) {
      for (const auto metric : *metrics) WAKEFUL_CHECK(model::metric_info(metric).entity == kind);
    }
  }
  return 0;
}
