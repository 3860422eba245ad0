// What a report costs on the wire: read by the server for each of its hosts, written by the agent.
// The report is the usual one: host figures and 10 containers, about 2.2 KB.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "wire/collector.h"
#include "wire/monitor_info.h"
#include "wire/native.h"

namespace wakeful {
namespace {

using model::Metric;

model::Report usual_report(int containers) {
  model::Report report;
  report.boot_id = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10";
  report.sequence = 123456;
  report.agent_run = "5f0c1e2d3a4b5968";
  report.time = from_unix_ms(1795158745123);
  report.interval = Milliseconds(8000);
  report.facts = {"gpu3", "6.1.0-18-amd64", "Debian GNU/Linux 12 (bookworm)", "x86_64", "0.1.0", 2};
  report.metrics = {{Metric::host_cpu_ratio, 0.1234},
                    {Metric::host_memory_total_bytes, 33567129600},
                    {Metric::host_memory_available_bytes, 23567129600},
                    {Metric::host_memory_used_bytes, 10000000000},
                    {Metric::host_load1, 0.52},
                    {Metric::host_users, 1}};
  report.core_cpu_ratio = {0.5123, 0.0234};
  auto& list = report.containers.emplace();
  for (int i = 0; i < containers; ++i) {
    auto& one = list.emplace_back();
    one.name = "container-" + std::to_string(i);
    one.id = "3f2a9c0d1e4b";
    one.engine = "docker";
    one.image = "nginx:1.25";
    one.state = model::ContainerState::running;
    one.status_text = "Up 3 hours";
    one.metrics = {{Metric::container_cpu_ratio, 0.0123 + i * 0.001},
                   {Metric::container_memory_used_bytes, 25165824.0 + i * 4096}};
  }
  return report;
}

void parse_usual_report(benchmark::State& state) {
  const auto json = wire::encode_report(usual_report(static_cast<int>(state.range(0))));
  const wire::ReportLimits limits;
  for (auto _ : state) {
    auto reports = wire::parse_reports(json, limits);
    WAKEFUL_CHECK(reports.has_value());
    benchmark::DoNotOptimize(reports);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * json.size()));
  state.counters["bytes"] = static_cast<double>(json.size());
}
BENCHMARK(parse_usual_report)->Arg(0)->Arg(10)->Arg(100);

void encode_usual_report(benchmark::State& state) {
  const auto report = usual_report(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto json = wire::encode_report(report);
    benchmark::DoNotOptimize(json);
  }
}
BENCHMARK(encode_usual_report)->Arg(0)->Arg(10)->Arg(100);

void parse_old_collector(benchmark::State& state) {
  for (auto _ : state) {
    auto report = wire::parse_collector(
        "id=KEY&time=2022-09-29%2023:18:40&cpu_usage=12.5&power_usage=35.2&user_num=2");
    WAKEFUL_CHECK(report.has_value());
    benchmark::DoNotOptimize(report);
  }
}
BENCHMARK(parse_old_collector);

void find_metric_by_name(benchmark::State& state) {
  for (auto _ : state) {
    for (const auto& info : model::metric_catalogue()) {
      auto metric = model::find_metric(info.name);
      benchmark::DoNotOptimize(metric);
    }
  }
  state.SetItemsProcessed(
      static_cast<std::int64_t>(state.iterations() * model::metric_catalogue().size()));
}
BENCHMARK(find_metric_by_name);

}  // namespace
}  // namespace wakeful
