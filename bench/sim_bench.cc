// Simulated machines: they must never be what limits a trial. 300,000 reports a second are enough.
#include <vector>

#include <benchmark/benchmark.h>

#include "sim/machine.h"
#include "wire/native.h"

namespace wakeful::sim {
namespace {

std::vector<Machine> make_fleet() {
  std::vector<Machine> fleet;
  for (std::uint32_t number = 0; number < 1'000; ++number) {
    MachineOptions options;
    options.number = number;
    fleet.emplace_back(options);
  }
  return fleet;
}

/// A day goes by for all machines in turn, as in a demo.
template <class Use>
void each_report(benchmark::State& state, const Use& use) {
  auto fleet = make_fleet();
  WallTime time = from_unix_ms(1'795'392'000'000);
  std::size_t next = 0;
  std::int64_t reports = 0;
  for (auto _ : state) {
    const model::Report* report = fleet[next].report(time);
    if (report != nullptr) {
      use(*report);
      ++reports;
    }
    if (++next == fleet.size()) {
      next = 0;
      time += Milliseconds(10'000);
    }
  }
  state.SetItemsProcessed(reports);
}

void make_report(benchmark::State& state) {
  each_report(state,
              [](const model::Report& report) { benchmark::DoNotOptimize(report.sequence); });
}
BENCHMARK(make_report);

void make_and_encode_report(benchmark::State& state) {
  each_report(state, [](const model::Report& report) {
    benchmark::DoNotOptimize(wire::encode_report(report).size());
  });
}
BENCHMARK(make_and_encode_report);

}  // namespace
}  // namespace wakeful::sim
