// tests/support/fleet_reports.h: servers and reports for tests of the live fleet and of what shows
// it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "model/server.h"
#include "store/samples.h"

namespace wakeful::test {

inline model::Server make_server(std::int64_t id, std::string name,
                                 model::Origin origin = model::Origin::native) {
  model::Server server;
  server.id = model::ServerId{id};
  server.name = std::move(name);
  server.origin = origin;
  server.created = from_unix_ms(1'795'000'000'000);
  return server;
}

/// A native report with one figure, sampled when it was received.
inline store::AcceptedReport make_report(std::int64_t server, WallTime received,
                                         std::uint64_t sequence = 1, double cpu_ratio = 0.25) {
  store::AcceptedReport accepted;
  accepted.server = model::ServerId{server};
  accepted.time = received;
  accepted.received = received;
  accepted.key.sequence = static_cast<std::int64_t>(sequence);
  auto& report = accepted.report;
  report.boot_id = "boot-a";
  report.agent_run = "run-a";
  report.sequence = sequence;
  report.interval = Milliseconds(8'000);
  report.metrics.push_back({model::Metric::host_cpu_ratio, cpu_ratio});
  return accepted;
}

/// A report of an old protocol: no interval, no sequence, no boot id.
inline store::AcceptedReport make_old_report(std::int64_t server, WallTime received,
                                             model::Origin origin) {
  store::AcceptedReport accepted;
  accepted.server = model::ServerId{server};
  accepted.time = received;
  accepted.received = received;
  accepted.report.origin = origin;
  accepted.report.metrics.push_back({model::Metric::host_cpu_ratio, 0.5});
  return accepted;
}

}  // namespace wakeful::test
