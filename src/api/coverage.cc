// The coverage resource: how much of a server's time was measured, planned to be away, or lost.

#include "api/coverage_split.h"
#include "api/json_writer.h"
#include "api/query.h"
#include "api/routes.h"

namespace wakeful::api {
namespace {

/// The states in which silence is meant to be: one entry each, once the model knows any.
constexpr std::span<const model::ServerState> kPlannedStates{};
/// Changes of state that are looked at, the newest. A server with more is beyond repair anyway.
constexpr std::size_t kMaxEvents = 10'000;

void write_ratios(JsonWriter& json, std::string_view key, const std::vector<double>& ratios) {
  json.key(key).array();
  for (const double ratio : ratios) json.number(ratio);
  json.end_array();
}

}  // namespace

Result<net::Response> get_coverage(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  WallTime created;
  {
    auto fleet = deps.fleet.lock();
    const auto* const view = fleet->find(*id);
    if (view == nullptr) return fail(no_such_server(call.path.at("id")));
    created = view->server.created;
  }
  const WallTime now = deps.clock.wall_now();
  const auto range = query_range(call.request.query, now, 1);
  if (!range) return fail(range.error());
  const auto coverage = deps.samples.coverage(*id, range->from, range->before, range->step);
  if (!coverage) return fail(coverage.error());
  std::vector<model::ServerEvent> events;
  if (!kPlannedStates.empty()) {
    auto kept = deps.registry.events(*id, kMaxEvents);
    if (!kept) return fail(std::move(kept.error()));
    events = std::move(*kept);
  }
  const auto split = split_coverage(*coverage, events, kPlannedStates, created, now);
  JsonWriter json;
  json.object().key("from_ms").integer(to_unix_ms(coverage->start));
  json.key("step_ms").integer(coverage->step.count());
  write_ratios(json, "measured_ratio", split.measured);
  write_ratios(json, "asleep_ratio", split.asleep);
  write_ratios(json, "lost_ratio", split.lost);
  return json_response(200, json.end_object().take());
}

}  // namespace wakeful::api
