// The embedded store's side of store_day_bench: appends of one thread, commits included, and queries.
#include <algorithm>
#include <span>
#include <vector>

#include "base/clock.h"
#include "day.h"
#include "store/store.h"

namespace wakeful::bench {
namespace {

using model::Metric;

store::Store open_at(const BenchFolder& folder) {
  auto opened = store::open_store({folder.path(), "sqlite:"});
  if (!opened) die("open_store: " + opened.error().message);
  return std::move(*opened);
}

void append(store::Samples& samples, std::span<const store::AcceptedReport> reports) {
  const auto answers = samples.append(reports);
  if (!answers) die("append: " + answers.error().message);
  if (std::any_of(answers->begin(), answers->end(),
                  [](store::Appended one) { return one != store::Appended::stored; })) {
    die("append: not every report was stored");
  }
}

/// The day-part of the fleet. Seconds in append(): making the reports does not count.
double append_fleet(store::Samples& samples, const DayOptions& options, int batch_size) {
  FleetWorkload fleet(options.servers, options.containers);
  std::vector<ReportBatch> batches;
  for (int first = 0; first < options.servers; first += batch_size) {
    const int size = std::min(batch_size, options.servers - first);
    batches.emplace_back(static_cast<std::size_t>(size), options.containers);
  }
  Stopwatch watch;
  for (int tick = 0; tick < options.ticks; ++tick) {
    const WallTime time = options.start + kInterval * tick;
    int first = 0;
    for (ReportBatch& batch : batches) {
      const auto reports = batch.fill(fleet, first, batch.size(), tick, time);
      watch.start();
      append(samples, reports);
      watch.stop();
      first += static_cast<int>(batch.size());
    }
  }
  return watch.seconds();
}

/// A whole day, the one behind, of some servers more.
void append_whole_day(store::Samples& samples, const DayOptions& options) {
  FleetWorkload fleet(options.day_servers, options.containers, 43);
  ReportBatch batch(static_cast<std::size_t>(options.day_servers), options.containers,
                    options.servers + 1);
  for (int tick = 0; tick < kTicksOfDay; ++tick) {
    append(samples,
           batch.fill(fleet, 0, batch.size(), tick, options.whole_day() + kInterval * tick));
  }
}

Result<void> maintain(store::Samples& samples, WallTime now, Milliseconds raw) {
  store::Retention retention;
  retention.raw = raw;
  return samples.maintain(now, retention, {});
}

store::SeriesQuery day_query(const DayOptions& options, int which) {
  store::SeriesQuery query;
  store::SeriesKey key;
  key.server = model::ServerId{options.servers + 1 + which % options.day_servers};
  key.metric = Metric::host_cpu_ratio;
  query.series = {key};
  query.from = options.whole_day();
  query.before = options.whole_day() + std::chrono::hours(24);
  query.step = Milliseconds(24 * 3'600'000 / kPointsOfDay);
  return query;
}

/// One answer, checked for having samples; its time in ms.
double timed_series(store::Samples& samples, const store::SeriesQuery& query,
                    store::Tier* tier = nullptr) {
  Result<store::SeriesAnswer> answer;
  const double ms = time_ms([&] { answer = samples.series(query); });
  if (!answer) die("series: " + answer.error().message);
  if (tier != nullptr) *tier = answer->tier;
  const auto& counts = answer->series.at(0).count;
  if (std::count(counts.begin(), counts.end(), 0u) > 1) die("series: there are gaps in the answer");
  return ms;
}

template <class F>
void try_to(Figures& figures, const char* name, const F& work) {
  try {
    figures.set(name, work());
  } catch (const std::exception& error) {
    figures.no_answer(name, error.what());
  }
}

double median_of(int count, const std::function<double(int)>& measure) {
  std::vector<double> all;
  for (int i = 0; i < count; ++i) all.push_back(measure(i));
  return median(all);
}

double time_newest(store::Samples& samples, const DayOptions& options) {
  constexpr Metric kMetrics[] = {Metric::host_cpu_ratio};
  std::vector<model::ServerId> servers;
  for (int i = 0; i < options.servers; ++i) servers.push_back(model::ServerId{i + 1});
  Result<std::vector<store::NewestValues>> answer;
  const double ms =
      time_ms([&] { answer = samples.newest(model::EntityKind::host, kMetrics, servers); });
  if (!answer) die("newest: " + answer.error().message);
  if (answer->size() != servers.size()) die("newest: not every server has an answer");
  return ms;
}

/// What is measured with the store that has the fleet's day-part in it.
void measure_queries(const BenchFolder& folder, const DayOptions& options, Figures& figures) {
  try_to(figures, kDayCold, [&] {
    return median_of(kColdQueries, [&](int i) {
      forget_cached(folder.path());
      const store::Store store = open_at(folder);
      return timed_series(*store.samples, day_query(options, i));
    });
  });
  const store::Store store = open_at(folder);
  try_to(figures, kDayWarm, [&] {
    for (int i = 0; i < options.day_servers; ++i) {
      timed_series(*store.samples, day_query(options, i));
    }
    return median_of(kWarmQueries,
                     [&](int i) { return timed_series(*store.samples, day_query(options, i)); });
  });
}

void measure_fleet(const DayOptions& options, int batch_size, bool queries, Figures& figures) {
  const BenchFolder folder;
  const double before_mib = resident_mib();
  {
    const store::Store store = open_at(folder);
    const double seconds = append_fleet(*store.samples, options, batch_size);
    figures.set(batch_size <= 100 ? kAppend100 : kAppend1000, options.samples() / seconds);
    figures.set(kBytesOpen, static_cast<double>(folder_bytes(folder.path())) / options.samples());
    figures.set(kPeak, peak_resident_mib(::getpid()) - before_mib);
    if (queries) {
      try_to(figures, kNewest, [&] {
        return median_of(20, [&](int) { return time_newest(*store.samples, options); });
      });
    }
    const auto done =
        maintain(*store.samples, options.start + std::chrono::hours(48), store::Retention{}.raw);
    if (!done) figures.no_answer(kBytesClosed, "maintain: " + done.error().message);
  }
  // With everything on disk and nothing open: journals and indexes are counted too.
  if (!figures.notes.contains(kBytesClosed)) {
    figures.set(kBytesClosed, static_cast<double>(folder_bytes(folder.path())) / options.samples());
  }
  if (!queries) return;
  {
    const store::Store store = open_at(folder);
    append_whole_day(*store.samples, options);
    const auto done = maintain(*store.samples, options.whole_day() + std::chrono::hours(48),
                               store::Retention{}.raw);
    if (!done) figures.no_answer("maintain", done.error().message);
  }
  measure_queries(folder, options, figures);
}

store::SeriesQuery year_query(const DayOptions& options, Milliseconds step) {
  store::SeriesQuery query;
  store::SeriesKey key;
  key.server = model::ServerId{1};
  key.metric = Metric::host_cpu_ratio;
  query.series = {key};
  query.from = options.start - std::chrono::hours(24 * options.year_days);
  query.before = options.start;
  query.step = step;
  return query;
}

void append_year(store::Samples& samples, const DayOptions& options) {
  constexpr std::size_t kBatch = 2'160;  // four to a day
  constexpr Milliseconds kKeep{std::chrono::hours(24 * 400)};
  FleetWorkload fleet(1, 0, 44);
  ReportBatch batch(kBatch, 0);
  std::int64_t tick = 0;
  for (int day = 0; day < options.year_days; ++day) {
    const WallTime midnight = options.start - std::chrono::hours(24 * (options.year_days - day));
    for (int part = 0; part < 4; ++part) {
      append(samples,
             batch.fill_ticks(fleet, 0, kBatch, tick, midnight + std::chrono::hours(6 * part)));
      tick += static_cast<std::int64_t>(kBatch);
    }
    const auto done = maintain(samples, midnight + std::chrono::hours(24), kKeep);
    if (!done) die("maintain: " + done.error().message);
  }
  const auto done = maintain(samples, options.start + std::chrono::hours(48), kKeep);
  if (!done) die("maintain: " + done.error().message);
}

}  // namespace

Figures measure_wakeful(const DayOptions& options) {
  Figures all;
  for (const int batch_size : {100, 1000}) {
    std::map<std::string, std::vector<double>> runs;
    for (int run = 0; run < options.runs; ++run) {
      const bool queries = batch_size == 100 && run + 1 == options.runs;
      const Figures one = in_child("wakeful", [&](Figures& figures) {
        measure_fleet(options, batch_size, queries, figures);
      });
      for (const auto& [name, value] : one.values) runs[name].push_back(value);
      all.notes.insert(one.notes.begin(), one.notes.end());
    }
    // insert() keeps what the smaller batches said of bytes and memory.
    for (const auto& [name, values] : runs) all.values.insert({name, median(values)});
  }
  if (all.values.contains(kAppend100)) all.set(kAppendDurable, all.values[kAppend100]);
  return all;
}

Figures measure_wakeful_year(const DayOptions& options) {
  return in_child("wakeful, a year", [&](Figures& figures) {
    const BenchFolder folder;
    const store::Store store = open_at(folder);
    append_year(*store.samples, options);
    // No whole number of minutes, so only samples can answer it exactly; at most 20,000 points.
    const Milliseconds odd_step(
        std::max<std::int64_t>(options.year_days * 86'400'000LL / 19'990, 10'000) / 1'000 * 1'000 +
        7);
    const auto measure = [&](const char* name, Milliseconds step, store::Tier wanted, int count) {
      try_to(figures, name, [&] {
        store::Tier tier{};
        const auto query = year_query(options, step);
        timed_series(*store.samples, query, &tier);
        if (tier != wanted) {
          die("expected it from tier " + std::to_string(static_cast<int>(wanted)) +
              ", was answered from " + std::to_string(static_cast<int>(tier)));
        }
        return median_of(count, [&](int) { return timed_series(*store.samples, query); });
      });
    };
    measure(kYearRaw, odd_step, store::Tier::raw, 10);
    measure(kYearRollup, std::chrono::hours(24), store::Tier::hours, 50);
  });
}

}  // namespace wakeful::bench
