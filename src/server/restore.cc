#include "server/restore.h"

#include <utility>

#include "model/metric.h"

namespace wakeful::server {
namespace {

Result<std::vector<double>> cpu_history(store::Samples& samples, model::ServerId server) {
  store::SampleQuery query;
  query.server = server;
  query.metrics = {model::Metric::host_cpu_ratio};
  query.limit = fleet::kHistory;
  auto columns = samples.read(query);
  if (!columns) return fail(columns.error());
  return std::move(columns->values.front());
}

/// The newest change of state among a server's newest events.
Result<std::optional<model::ServerEvent>> last_change(store::Registry& registry,
                                                      model::ServerId server) {
  constexpr std::size_t kLookedAt = 20;
  const auto events = registry.events(server, kLookedAt);
  if (!events) return fail(events.error());
  for (const model::ServerEvent& event : *events) {
    if (event.kind == model::EventKind::state_changed && event.to) {
      return std::optional<model::ServerEvent>(event);
    }
  }
  return std::optional<model::ServerEvent>();
}

}  // namespace

Result<std::vector<store::AcceptedReport>> restore_fleet(store::Registry& registry,
                                                         store::Samples& samples,
                                                         Guarded<fleet::Fleet>& fleet) {
  auto last_reports = samples.last_reports();
  if (!last_reports) return last_reports;
  for (const store::AcceptedReport& last : *last_reports) {
    auto history = cpu_history(samples, last.server);
    if (!history) return fail(history.error());
    fleet.lock()->restore(last, std::move(*history));
  }
  const auto servers = registry.servers();
  if (!servers) return fail(servers.error());
  for (const model::Server& server : *servers) {
    const auto change = last_change(registry, server.id);
    if (!change) return fail(change.error());
    if (*change) fleet.lock()->restore_state(server.id, *(*change)->to, (*change)->time);
  }
  return last_reports;
}

}  // namespace wakeful::server
