// What a large fleet takes: memory over half an hour of 100,000 servers, and the start after a crash.
//
// Samples::append as the server's writer calls it (batches of 2,000 reports), maintain() once a
// simulated minute; then a process that ends without closing, and the time of open_store().
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "base/clock.h"
#include "bench_tools.h"
#include "fleet_workload.h"
#include "store/store.h"

namespace wakeful::bench {
namespace {

constexpr std::size_t kBatch = 2'000;
constexpr int kTicksOfMinute = 6;

struct FleetRun {
  int servers = 0;
  int containers = 0;
  int minutes = 0;
  WallTime start;
};

/// Appends a simulated fleet; tells after each minute.
template <class EachMinute>
void append_fleet(store::Samples& samples, const FleetRun& run, Stopwatch& appending,
                  const EachMinute& each_minute) {
  FleetWorkload fleet(run.servers, run.containers);
  ReportBatch batch(std::min(kBatch, static_cast<std::size_t>(run.servers)), run.containers);
  for (int tick = 0; tick < run.minutes * kTicksOfMinute; ++tick) {
    const WallTime time = run.start + kInterval * tick;
    for (int first = 0; first < run.servers; first += static_cast<int>(batch.size())) {
      const auto count = std::min(batch.size(), static_cast<std::size_t>(run.servers - first));
      const auto reports = batch.fill(fleet, first, count, tick, time);
      appending.start();
      const auto stored = samples.append(reports);
      appending.stop();
      if (!stored) die("append: " + stored.error().message);
    }
    if ((tick + 1) % kTicksOfMinute == 0) each_minute((tick + 1) / kTicksOfMinute, time);
  }
}

store::Store open_or_die(const store::StoreOptions& options) {
  auto opened = store::open_store(options);
  if (!opened) die("open_store: " + opened.error().message);
  return std::move(*opened);
}

/// What the generator's state takes, measured on its own.
double walk_mib(const FleetRun& run) {
  return in_child("walk",
                  [&](Figures& figures) {
                    const double before_mib = resident_mib();
                    const FleetWorkload fleet(run.servers, run.containers);
                    figures.set("mib", resident_mib() - before_mib);
                  })
      .values["mib"];
}

void measure_memory(const FleetRun& run) {
  const double walks_mib = walk_mib(run);
  const BenchFolder folder;
  store::StoreOptions options;
  options.data_folder = folder.path();
  const double before_mib = resident_mib();
  const store::Store store = open_or_die(options);
  Stopwatch appending;
  Stopwatch maintaining;
  std::printf("%d servers x %d containers, every 10 s, batches of %zu reports\n", run.servers,
              run.containers, kBatch);
  std::printf("%8s %14s %14s %16s %16s %14s\n", "minute", "resident MiB", "peak MiB", "reports/s",
              "maintain, s", "on disk, MiB");
  std::string trouble;
  append_fleet(*store.samples, run, appending, [&](int minute, WallTime now) {
    maintaining.start();
    const auto done = store.samples->maintain(now, store::Retention{}, {});
    maintaining.stop();
    if (!done) trouble = "maintain: no answer: " + done.error().message;
    if (minute % 5 != 0 && minute != run.minutes) return;
    const double reports = static_cast<double>(run.servers) * minute * kTicksOfMinute;
    std::printf("%8d %14.0f %14.0f %16.0f %16.1f %14.0f\n", minute, resident_mib(),
                peak_resident_mib(::getpid()), reports / appending.seconds(), maintaining.seconds(),
                static_cast<double>(folder_bytes(folder.path())) / (1 << 20));
    std::fflush(stdout);
  });
  std::printf(
      "the program itself: %.0f MiB; the random walks of the fleet that sends: about %.0f MiB\n",
      before_mib, walks_mib);
  if (!trouble.empty()) std::printf("%s\n", trouble.c_str());
}

void time_open(const std::filesystem::path& folder, const char* cache) {
  const Figures figures = in_child("open", [&](Figures& out) {
    store::StoreOptions options;
    options.data_folder = folder;
    std::optional<store::Store> store;
    out.set("ms", time_ms([&] { store.emplace(open_or_die(options)); }));
    out.set("mib", resident_mib());
  });
  for (const auto& [name, why] : figures.notes) die(name + ": " + why);
  std::printf("start after the crash, %s: %.2f s (to reach: under 5), then %.0f MiB resident\n",
              cache, figures.values.at("ms") / 1e3, figures.values.at("mib"));
  std::fflush(stdout);
}

void measure_crash(const FleetRun& run) {
  const BenchFolder folder;
  store::StoreOptions options;
  options.data_folder = folder.path();
  options.unpacked_bytes = std::size_t{1} << 40;  // nothing is packed before the end
  const Figures written = in_child("crash", [&](Figures&) {
    const store::Store store = open_or_die(options);
    Stopwatch appending;
    append_fleet(*store.samples, run, appending, [](int, WallTime) {});
    std::printf("\n%d servers, %d minutes: appended in %.1f s, %.0f MiB resident\n", run.servers,
                run.minutes, appending.seconds(), resident_mib());
    std::fflush(stdout);
    std::_Exit(0);  // the crash: nothing is closed
  });
  for (const auto& [name, why] : written.notes) die(name + ": " + why);
  std::printf("the crash leaves %.0f MiB\n",
              static_cast<double>(folder_bytes(folder.path())) / (1 << 20));
  // The first start changes what it finds, so each gets files of its own.
  const BenchFolder copy;
  std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
  forget_cached(copy.path());
  time_open(copy.path(), "cold");
  time_open(folder.path(), "warm");
}

void run(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {{"servers", "100000"},
                             {"containers", "10"},
                             {"minutes", "30"},
                             {"crash-servers", "10000"},
                             {"crash-minutes", "60"}});
  FleetRun fleet;
  fleet.servers = static_cast<int>(arguments.number("servers"));
  fleet.containers = static_cast<int>(arguments.number("containers"));
  fleet.minutes = static_cast<int>(arguments.number("minutes"));
  fleet.start = SystemClock().wall_now() - std::chrono::hours(2);
  // 0 leaves a part out.
  if (fleet.servers > 0) measure_memory(fleet);
  fleet.servers = static_cast<int>(arguments.number("crash-servers"));
  fleet.minutes = static_cast<int>(arguments.number("crash-minutes"));
  if (fleet.servers > 0) measure_crash(fleet);
}

}  // namespace
}  // namespace wakeful::bench

int main(int argc, char** argv) {
  return wakeful::bench::guarded_main([&] { wakeful::bench::run(argc, argv); });
}
