// bench/day.h: the contenders of store_day_bench, which all take the same day-part of the same fleet.
//
// Each measures in a process of its own and gives figures by these names; what it cannot do is a
// note. docs/benchmarks.md says what each figure is.
#pragma once

#include <string>

#include "base/clock.h"
#include "bench_tools.h"
#include "fleet_workload.h"

namespace wakeful::bench {

struct DayOptions {
  int servers = 1000;
  int containers = 10;
  int ticks = 1080;     ///< 3 h
  int runs = 3;         ///< of ours; the baselines run once
  int day_servers = 8;  ///< that have a whole day besides
  int year_days = 365;
  WallTime start;  ///< a midnight, long enough ago for all of it to be in the past

  double samples() const {
    return static_cast<double>(servers) * ticks * series_of_report(containers);
  }
  WallTime whole_day() const { return start + std::chrono::hours(24); }
};

// Names of figures. Rates are a second, times in ms, memory in MiB.
inline constexpr const char* kAppend100 = "samples/s, 100 servers a batch";
inline constexpr const char* kAppend1000 = "samples/s, 1,000 servers a batch";
inline constexpr const char* kAppendDurable = "samples/s, on disk when answered";
inline constexpr const char* kBytesOpen = "bytes/sample, day not closed";
inline constexpr const char* kBytesClosed = "bytes/sample, day closed";
inline constexpr const char* kDayWarm = "24 h to 300 points, warm, ms";
inline constexpr const char* kDayCold = "24 h to 300 points, cold, ms";
inline constexpr const char* kYearRaw = "a year to 20,000 points, raw, ms";
inline constexpr const char* kYearRollup = "a year by days, roll-ups, ms";
inline constexpr const char* kNewest = "newest of all servers, ms";
inline constexpr const char* kPeak = "peak memory, MiB";

inline constexpr int kPointsOfDay = 300;
inline constexpr int kTicksOfDay = 8'640;
inline constexpr int kWarmQueries = 200;
inline constexpr int kColdQueries = 5;

Figures measure_wakeful(const DayOptions& options);
Figures measure_wakeful_year(const DayOptions& options);
Figures measure_sqlite_rows(const DayOptions& options);
/// in_quanta  container memory in the steps in which Wakeful stores it, instead of hundredths of MiB
Figures measure_victoria(const DayOptions& options, bool in_quanta);

}  // namespace wakeful::bench
