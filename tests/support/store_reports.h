// tests/support/store_reports.h: reports for the tests and benchmarks of the stores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/samples.h"

namespace wakeful::test {

inline const WallTime kStart = from_unix_ms(1'795'158'745'123);

inline store::AcceptedReport make_report(std::int64_t server, std::int64_t sequence,
                                         WallTime time) {
  store::AcceptedReport accepted;
  accepted.server = model::ServerId{server};
  accepted.key = {0xfedcba9876543210, sequence};
  accepted.time = time;
  accepted.received = time + Milliseconds(37);
  auto& report = accepted.report;
  report.boot_id = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10";
  report.agent_run = "5f0c1e2d3a4b5968";
  report.sequence = static_cast<std::uint64_t>(sequence);
  report.time = time;
  return accepted;
}

/// The n-th report of a server, 8 s after the one before, with this CPU ratio.
inline store::AcceptedReport make_report(std::int64_t server, std::int64_t sequence,
                                         double cpu_ratio) {
  auto accepted = make_report(server, sequence, kStart + std::chrono::seconds(8) * sequence);
  accepted.report.metrics = {{model::Metric::host_cpu_ratio, cpu_ratio}};
  return accepted;
}

inline model::Container make_container(const std::string& name, double cpu_ratio,
                                       double memory_bytes) {
  model::Container container;
  container.name = name;
  container.id = "3f2a" + name;
  container.engine = "docker";
  container.image = "nginx:1.25";
  container.state = model::ContainerState::running;
  container.status_text = "Up 3 hours";
  container.metrics = {{model::Metric::container_cpu_ratio, cpu_ratio},
                       {model::Metric::container_memory_used_bytes, memory_bytes}};
  return container;
}

/// A host with 11 values, 4 cores and so many containers of 3 values.
inline store::AcceptedReport make_full_report(std::int64_t server, std::int64_t sequence,
                                              int containers) {
  using model::Metric;
  const auto step = [&](std::int64_t salt, std::int64_t range) {
    return static_cast<double>((sequence * 7919 + server * 104729 + salt * 1299709) % range);
  };
  auto accepted = make_report(server, sequence, step(0, 10'001) / 10'000);
  auto& report = accepted.report;
  report.facts = {"gpu" + std::to_string(server),
                  "6.1.0-18-amd64",
                  "Debian GNU/Linux 12",
                  "x86_64",
                  "0.1.0",
                  4};
  report.interval = Milliseconds(8000);
  report.metrics.insert(report.metrics.end(),
                        {{Metric::host_memory_total_bytes, 33'567'211'520},
                         {Metric::host_memory_available_bytes, 65536 * step(1, 250'000)},
                         {Metric::host_memory_used_bytes, 65536 * step(2, 250'000)},
                         {Metric::host_swap_total_bytes, 0},
                         {Metric::host_swap_used_bytes, 0},
                         {Metric::host_load1, step(3, 800) / 100},
                         {Metric::host_load5, step(4, 800) / 100},
                         {Metric::host_load15, step(5, 800) / 100},
                         {Metric::host_uptime_seconds, static_cast<double>(8 * sequence)},
                         {Metric::host_users, step(6, 3)}});
  for (int core = 0; core < 4; ++core) {
    report.core_cpu_ratio.push_back(step(10 + core, 10'001) / 10'000);
  }
  report.containers.emplace();
  for (int i = 0; i < containers; ++i) {
    auto container = make_container("container-" + std::to_string(i), step(20 + i, 1000) / 10'000,
                                    65536 * step(40 + i, 30'000));
    container.metrics.push_back({Metric::container_memory_limit_bytes, 2'147'483'648});
    report.containers->push_back(std::move(container));
  }
  return accepted;
}

}  // namespace wakeful::test
