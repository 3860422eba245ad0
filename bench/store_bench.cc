// Parts of the embedded store: reports appended a second in small batches, the newest samples, the last
// reports. How it does as a whole, beside others: store_day_bench.cc.
//
// The data is tests/support/store_reports.h: a host with 11 values and 4 cores, and 10 containers with
// 3 values each: 45 samples a report. WAKEFUL_BENCH_FOLDER chooses the disk (default: the temporary
// folder).
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>
#include <system_error>

#include "../tests/support/store_reports.h"
#include "store/store.h"

namespace wakeful::store {
namespace {

constexpr int kServers = 1000;
constexpr int kContainers = 10;
constexpr int kSamplesAReport = 11 + 4 + 3 * kContainers;

/// A store in a folder of its own that goes with it.
class BenchStore {
 public:
  BenchStore() {
    const char* base = std::getenv("WAKEFUL_BENCH_FOLDER");
    auto pattern =
        (std::filesystem::path(base != nullptr ? base : "/tmp") / "store-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    open();
  }
  ~BenchStore() {
    store_ = {};
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;

  Samples& samples() { return *store_.samples; }
  void reopen() {
    store_ = {};
    open();
  }

 private:
  void open() {
    auto opened = open_store({folder_, "sqlite:"});
    if (!opened) std::abort();
    store_ = std::move(*opened);
  }

  std::filesystem::path folder_;
  Store store_;
};

/// Reports as a fleet sends them: every server in turn, each with its next sequence.
class Fleet {
 public:
  explicit Fleet(int servers) : servers_(servers) {
    // Made beforehand, so that what is measured is the store.
    for (int i = 0; i < servers; ++i) {
      reports_.push_back(test::make_full_report(i + 1, 0, kContainers));
    }
  }

  /// The next reports in place; valid until the next call.
  std::span<const AcceptedReport> next(std::size_t count) {
    if (at_ + count > reports_.size()) {
      at_ = 0;
      ++round_;
    }
    const std::span batch(reports_.data() + at_, count);
    for (auto& report : batch) {
      report.key.sequence = round_;
      report.time = test::kStart + std::chrono::seconds(8) * round_;
      report.received = report.time + Milliseconds(37);
      report.report.time = report.time;
      auto& metrics = report.report.metrics;
      metrics[0].value =
          static_cast<double>((round_ * 7919 + static_cast<long>(at_)) % 10'001) / 10'000;
    }
    at_ += count;
    return batch;
  }
  int servers() const { return servers_; }

 private:
  int servers_;
  std::vector<AcceptedReport> reports_;
  std::size_t at_ = 0;
  std::int64_t round_ = 0;
};

void append_reports(benchmark::State& state) {
  BenchStore store;
  const auto batch = static_cast<std::size_t>(state.range(0));
  Fleet fleet(static_cast<int>(state.range(1)));
  // Containers get their numbers, servers their facts.
  for (std::size_t i = 0; i < static_cast<std::size_t>(fleet.servers()) / batch; ++i) {
    if (!store.samples().append(fleet.next(batch))) std::abort();
  }
  for (auto _ : state) {
    auto answers = store.samples().append(fleet.next(batch));
    if (!answers || answers->back() != Appended::stored) state.SkipWithError("not stored");
  }
  const auto reports = state.iterations() * static_cast<std::int64_t>(batch);
  state.SetItemsProcessed(reports);
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(reports * kSamplesAReport),
                                                   benchmark::Counter::kIsRate);
}
BENCHMARK(append_reports)
    ->ArgNames({"batch", "servers"})
    ->Args({1, kServers})
    ->Args({64, kServers})
    ->UseRealTime()
    ->MinTime(5);

/// 100 servers with 3 hours of history each.
BenchStore& filled_store() {
  static BenchStore store;
  static const bool kFilled = [] {
    Fleet fleet(100);
    for (int round = 0; round < 1350; ++round) {
      if (!store.samples().append(fleet.next(100))) std::abort();
    }
    store.reopen();  // everything out of the log, into the file
    return true;
  }();
  static_cast<void>(kFilled);
  return store;
}

void read_newest(benchmark::State& state) {
  auto& store = filled_store();
  SampleQuery query;
  query.limit = static_cast<std::size_t>(state.range(0));
  const bool container = state.range(1) != 0;
  query.entity = container ? model::EntityKind::container : model::EntityKind::host;
  query.entity_name = container ? "container-5" : "";
  query.metrics = {container ? model::Metric::container_cpu_ratio : model::Metric::host_cpu_ratio};
  std::int64_t server = 0;
  for (auto _ : state) {
    query.server = model::ServerId{++server % 100 + 1};
    const auto columns = store.samples().read(query);
    if (!columns || columns->times.size() != query.limit) state.SkipWithError("not read");
  }
}
BENCHMARK(read_newest)
    ->ArgNames({"limit", "container"})
    ->Args({30, 0})
    ->Args({30, 1})
    ->Args({1000, 0});

void read_last_reports(benchmark::State& state) {
  auto& store = filled_store();
  for (auto _ : state) {
    const auto reports = store.samples().last_reports();
    if (!reports || reports->size() != 100) state.SkipWithError("not read");
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(read_last_reports);

}  // namespace
}  // namespace wakeful::store
