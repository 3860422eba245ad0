// tests/contract/series_fixture.h: a store with some hours of two servers, for the tests of steps,
// newest values and coverage. What must come out is worked out from the reports the plain way.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store_fixture.h"
#include "support/brute_series.h"

namespace wakeful::store {

/// 08:00 of a day, so that the hours of a test lie within one day.
inline const WallTime kMorning = from_unix_ms(1'795'132'800'000) + std::chrono::hours(8);
inline constexpr int kReports = 1'080;  // 3 h at 10 s

inline double step_of(std::int64_t sequence, std::int64_t salt, std::int64_t range) {
  return static_cast<double>((sequence * 7919 + salt * 104'729) % range);
}

/// The n-th report of a server after this time, 10 s after the one before give or take, with 2
/// cores and the containers "web" and, now and then, "a/b job".
inline AcceptedReport report_at(std::int64_t server, std::int64_t sequence, WallTime morning) {
  const auto jitter = Milliseconds((sequence * 37 + server * 11) % 400);
  auto accepted = test::make_report(
      server, sequence, morning + std::chrono::seconds(10) * (sequence % 10'000) + jitter);
  auto& report = accepted.report;
  report.interval = Milliseconds(10'000);
  report.metrics = {{model::Metric::host_cpu_ratio, step_of(sequence, server, 10'001) / 10'000}};
  // Every 5th report lacks the load.
  if (sequence % 5 != 0) {
    report.metrics.push_back({model::Metric::host_load1, step_of(sequence, server + 3, 800) / 100});
  }
  report.core_cpu_ratio = {step_of(sequence, 5, 10'001) / 10'000,
                           sequence % 7 == 0 ? test::kMissing : step_of(sequence, 6, 101) / 100};
  report.containers = {test::make_container("web", step_of(sequence, 7, 1'000) / 10'000,
                                            65'536 * step_of(sequence, 8, 5'000))};
  if (sequence % 1'000 < 300) {
    report.containers->push_back(
        test::make_container("a/b job", step_of(sequence, 9, 100) / 100, 65'536));
  }
  return accepted;
}

class SamplesSeries : public StoreContract {
 protected:
  /// Two servers over 3 hours; the second was silent for 40 minutes. Appended out of order.
  void append_hours(WallTime morning = kMorning, std::int64_t first_sequence = 0) {
    std::vector<AcceptedReport> added;
    for (std::int64_t server = 1; server <= 2; ++server) {
      for (std::int64_t i = 0; i < kReports; ++i) {
        if (server == 2 && i >= 300 && i < 540) continue;
        added.push_back(report_at(server, first_sequence + i, morning));
      }
    }
    std::vector<AcceptedReport> shuffled;
    for (std::size_t i = 0; i < added.size(); ++i) {
      shuffled.push_back(added[i * 1'009 % added.size()]);  // a prime that does not divide the size
    }
    add(shuffled);
  }

  void add(const std::vector<AcceptedReport>& reports) {
    constexpr std::size_t kBatch = 300;
    for (std::size_t at = 0; at < reports.size(); at += kBatch) {
      const auto batch = std::span(reports).subspan(at, std::min(kBatch, reports.size() - at));
      const auto appended = value_of(samples().append(batch));
      ASSERT_EQ(appended, std::vector(batch.size(), Appended::stored));
    }
    all_.insert(all_.end(), reports.begin(), reports.end());
  }

  void maintain(WallTime now, const Retention& retention = {}) {
    // What one call leaves, the next one does.
    for (int turn = 0; turn < 2; ++turn) {
      EXPECT_TRUE(worked(samples().maintain(now, retention, {})));
    }
  }

  static SeriesKey key(std::int64_t server, model::Metric metric, std::string entity = "") {
    return {model::ServerId{server}, metric, std::move(entity)};
  }

  static std::vector<SeriesKey> some_of_everything() {
    return {key(1, model::Metric::host_cpu_ratio),
            key(2, model::Metric::host_cpu_ratio),
            key(1, model::Metric::host_load1),
            key(1, model::Metric::core_cpu_ratio, "0"),
            key(2, model::Metric::core_cpu_ratio, "1"),
            key(1, model::Metric::container_cpu_ratio, "web"),
            key(2, model::Metric::container_memory_used_bytes, "web"),
            key(2, model::Metric::container_cpu_ratio, "a/b job"),
            key(1, model::Metric::host_power_watts),
            key(1, model::Metric::core_cpu_ratio, "2"),
            key(1, model::Metric::container_cpu_ratio, "never"),
            key(77, model::Metric::host_cpu_ratio)};
  }

  /// The answer is what the reports say, in steps of expected_step.
  void check(const SeriesQuery& query, Tier expected_tier, Milliseconds expected_step) {
    const auto answer = value_of(samples().series(query));
    const auto grid = test::make_grid(query.from, query.before, expected_step);
    ASSERT_TRUE(grid.has_value());
    // Whole hours may come from hours, also where finer samples are kept.
    if (expected_step % std::chrono::hours(1) == Milliseconds(0)) {
      EXPECT_GE(answer.tier, expected_tier);
    } else {
      EXPECT_EQ(answer.tier, expected_tier);
    }
    EXPECT_EQ(answer.step, grid->step);
    EXPECT_EQ(answer.start, grid->start);
    ASSERT_EQ(answer.size, grid->size);
    ASSERT_EQ(answer.series.size(), query.series.size());
    for (std::size_t i = 0; i < query.series.size(); ++i) {
      const auto expected = test::sum_up(all_, query.series[i], query.from, query.before, *grid);
      check_points(answer.series[i], expected, "series " + std::to_string(i));
    }
  }
  void check(const SeriesQuery& query) { check(query, Tier::raw, query.step); }

  static void check_points(const Points& got, const Points& expected, const std::string& where) {
    ASSERT_EQ(got.count.size(), expected.count.size()) << where;
    ASSERT_EQ(got.minimum.size(), expected.count.size()) << where;
    ASSERT_EQ(got.average.size(), expected.count.size()) << where;
    ASSERT_EQ(got.maximum.size(), expected.count.size()) << where;
    for (std::size_t k = 0; k < expected.count.size(); ++k) {
      ASSERT_EQ(got.count[k], expected.count[k]) << where << ", step " << k;
      if (expected.count[k] == 0) {
        ASSERT_TRUE(std::isnan(got.minimum[k]) && std::isnan(got.average[k]) &&
                    std::isnan(got.maximum[k]))
            << where << ", step " << k << " is a gap";
        continue;
      }
      ASSERT_EQ(got.minimum[k], expected.minimum[k]) << where << ", step " << k;
      ASSERT_EQ(got.maximum[k], expected.maximum[k]) << where << ", step " << k;
      ASSERT_NEAR(got.average[k], expected.average[k],
                  1e-9 * std::max(1.0, std::abs(expected.average[k])))
          << where << ", step " << k;
    }
  }

  static SeriesQuery query(std::vector<SeriesKey> keys, WallTime from, WallTime before,
                           Milliseconds step) {
    return {std::move(keys), from, before, step};
  }
  SeriesQuery whole(Milliseconds step) {
    return query(some_of_everything(), kMorning - std::chrono::hours(1),
                 kMorning + std::chrono::hours(4), step);
  }

  std::vector<AcceptedReport> all_;  ///< what was stored
};

}  // namespace wakeful::store
