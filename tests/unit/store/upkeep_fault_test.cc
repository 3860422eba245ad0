// A disk that fails at any write of the upkeep: while reports are packed, a day is closed, hours and
// minutes are made, old days go, and the journal is trimmed. Nothing acknowledged is lost or doubled.
#include <set>

#include "fault_vfs.h"
#include "store_test_base.h"

namespace wakeful::store {
namespace {

using test::Fault;
using test::FaultyDisk;

constexpr int kServers = 2;
constexpr int kReportsADay = 36;
const Retention kTwoDays{.raw = kDay * 2};

class UpkeepFault : public StoreTestBase, public ::testing::WithParamInterface<Fault> {
 protected:
  void TearDown() override { disk_.heal(); }

  /// A day's reports, and one that is late by a day: it goes into a pack that is closed.
  static std::vector<AcceptedReport> reports_of(int day, int part) {
    std::vector<AcceptedReport> reports;
    for (int server = 1; server <= kServers; ++server) {
      for (int i = 0; i < kReportsADay; ++i) {
        if (i % 3 != part) continue;
        const int sequence = day * kReportsADay + i;
        auto time = kMidnight + kDay * day + std::chrono::minutes(35) * i;
        if (i == 10) time -= kDay;
        reports.push_back(test::make_full_report(server, sequence, 2));
        reports.back().time = time;
        reports.back().received = time;
      }
    }
    return reports;
  }

  void append_day(int day) {
    for (int part = 0; part < 3; ++part) {
      const auto reports = reports_of(day, part);
      ASSERT_EQ(append(reports), std::vector(reports.size(), Appended::stored));
      all_.insert(all_.end(), reports.begin(), reports.end());
    }
  }

  Result<void> keep(int day) { return samples().maintain(end_of(day), kTwoDays, {}); }
  static WallTime end_of(int day) { return kMidnight + kDay * (day + 1) + std::chrono::hours(1); }

  /// Everything that raw samples are kept of, once; and in hours, all that ever was.
  void expect_everything(int day, const std::string& when) {
    for (int server = 1; server <= kServers; ++server) {
      std::set<WallTime> known;
      std::uint64_t count = 0;
      for (const auto& report : all_) {
        if (model::to_number(report.server) != server) continue;
        known.insert(report.time);
        ++count;
      }
      const auto times = read(server).times;
      EXPECT_TRUE(std::ranges::adjacent_find(times, std::greater_equal()) == times.end()) << when;
      for (const auto time : times) EXPECT_TRUE(known.contains(time)) << when;
      const std::set<WallTime> found(times.begin(), times.end());
      for (const auto time : known) {
        const bool kept = time >= kMidnight + kDay * (day - 1);
        EXPECT_TRUE(!kept || found.contains(time)) << when << ": " << format_utc(time);
      }
      SeriesQuery query;
      query.series = {{model::ServerId{server}, model::Metric::host_cpu_ratio, ""},
                      {model::ServerId{server}, model::Metric::container_cpu_ratio, "container-1"}};
      query.from = kMidnight - kDay * 2;
      query.before = end_of(day);
      query.step = std::chrono::hours(6);
      const auto series = samples().series(query);
      ASSERT_TRUE(series.has_value()) << when << ": " << series.error().message;
      for (const auto& points : series->series) {
        std::uint64_t sum = 0;
        for (const auto step : points.count) sum += step;
        EXPECT_EQ(sum, count) << when;
      }
    }
  }

  /// While a disk fails, a closed day that late reports were being written into cannot be read: SQLite
  /// has to take the half-written part back first. The running day can.
  void expect_today(int day, const std::string& when) {
    for (int server = 1; server <= kServers; ++server) {
      SampleQuery query;
      query.server = model::ServerId{server};
      query.metrics = {model::Metric::host_cpu_ratio};
      query.from = kMidnight + kDay * day;
      query.limit = 1'000;
      const auto columns = samples().read(query);
      ASSERT_TRUE(columns.has_value()) << when << ": " << columns.error().message;
      EXPECT_EQ(columns->times.size(), kReportsADay - 1U) << when;
    }
  }

  void expect_repeats(int day, const std::string& when) {
    for (int part = 0; part < 3; ++part) {
      const auto reports = reports_of(day, part);
      EXPECT_EQ(append(reports), std::vector(reports.size(), Appended::repeated)) << when;
    }
  }

  FaultyDisk disk_;
  std::vector<AcceptedReport> all_;
};

INSTANTIATE_TEST_SUITE_P(Faults, UpkeepFault,
                         ::testing::Values(Fault::full, Fault::write_error, Fault::short_write,
                                           Fault::sync_error),
                         [](const auto& tested) {
                           std::string name(test::fault_name(tested.param));
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

TEST_P(UpkeepFault, AtAnyWriteLosesAndDoublesNothing) {
  int failures = 0;
  int day = 0;
  // There are few syncs, and many writes.
  const int slower = GetParam() == Fault::sync_error ? 1'000 : 6;
  for (int n = 0;; n += 1 + n / slower, ++day) {
    const auto when = "write " + std::to_string(n);
    append_day(day);
    disk_.fail_from(GetParam(), n);
    const auto kept = keep(day);
    if (kept) break;
    ++failures;
    expect_today(day, when + ", while the disk fails");
    if (failures % 3 == 0) {
      close();
      disk_.heal();
      reopen();
      expect_everything(day, when + ", after a start");
    }
    disk_.heal();
    expect_repeats(day, when);
    ASSERT_TRUE(keep(day).has_value());
    expect_everything(day, when + ", when it works again");
    if (failures % 2 == 0) reopen();
    expect_repeats(day, when + ", after it worked again");
  }
  disk_.heal();
  EXPECT_GE(failures, 3);
  ASSERT_TRUE(keep(day).has_value());
  reopen();
  expect_everything(day, "at the end");
  expect_repeats(day, "at the end");
}

/// The same while a removal goes through all packs.
TEST_P(UpkeepFault, AtAnyWriteOfARemovalLeavesTheRestToTheNextTry) {
  int failures = 0;
  for (int day = 0; day < 4; ++day) append_day(day);
  ASSERT_TRUE(keep(3).has_value());
  bool removed = false;
  for (int n = 0; !removed; n += 2) {
    disk_.fail_from(GetParam(), n);
    removed = samples().remove_server(model::ServerId{2}).has_value();
    if (!removed) ++failures;
    disk_.heal();
    if (n % 4 == 0) reopen();
    if (n % 8 == 0) {
      ASSERT_TRUE(keep(3).has_value());
    }
  }
  EXPECT_GE(failures, 1);
  EXPECT_EQ(stored(2), 0U);
  std::erase_if(all_, [](const auto& report) { return report.server == model::ServerId{2}; });
  expect_everything(3, "after the removal");
}

}  // namespace
}  // namespace wakeful::store
