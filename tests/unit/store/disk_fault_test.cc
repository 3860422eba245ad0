// The embedded store on a disk that fails at any write: an error with a remedy, nothing half, and on
// with the next append when the disk is well again.
#include <algorithm>

#include <gtest/gtest.h>

#include "fault_vfs.h"
#include "store/store.h"
#include "support/store_reports.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

using test::Fault;
using test::FaultyDisk;
using test::kStart;
using test::make_full_report;
using test::TempFolder;

constexpr int kServers = 12;

class DiskFault : public ::testing::TestWithParam<Fault> {
 protected:
  DiskFault() { reopen(); }

  void reopen() {
    store_ = {};
    auto opened = open_store({folder_.path(), ""});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }

  static std::vector<AcceptedReport> batch(std::int64_t sequence) {
    std::vector<AcceptedReport> reports;
    for (int server = 1; server <= kServers; ++server) {
      // Each batch brings containers that were not there before.
      reports.push_back(make_full_report(server, sequence, 3 + static_cast<int>(sequence) % 20));
      reports.back().report.facts.kernel = std::to_string(sequence);
    }
    return reports;
  }

  std::size_t stored(std::int64_t server) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.metrics = {model::Metric::host_cpu_ratio};
    query.limit = 1000;
    const auto columns = store_.samples->read(query);
    EXPECT_TRUE(columns.has_value()) << columns.error().message;
    return columns ? columns->times.size() : 0;
  }

  void expect_error(const Error& error, std::string_view file) const {
    const bool full = GetParam() == Fault::full;
    EXPECT_EQ(error.code, full ? Errc::unavailable : Errc::io) << error.message;
    EXPECT_NE(error.message.find((folder_.path() / file).string()), std::string::npos)
        << error.message;
    const bool says_full = error.message.find("disk is full") != std::string::npos;
    EXPECT_EQ(says_full, full) << error.message;
  }

  TempFolder folder_;
  FaultyDisk disk_;
  Store store_;
};

INSTANTIATE_TEST_SUITE_P(Faults, DiskFault,
                         ::testing::Values(Fault::full, Fault::write_error, Fault::short_write,
                                           Fault::sync_error),
                         [](const auto& tested) {
                           std::string name(test::fault_name(tested.param));
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

TEST_P(DiskFault, AtAnyWriteOfAnAppendStoresNothingHalf) {
  int failures = 0;
  std::int64_t sequence = 1;
  ASSERT_TRUE(store_.samples->append(batch(sequence)).has_value());
  for (int n = 0;; ++n) {
    const auto reports = batch(++sequence);
    disk_.fail_from(GetParam(), n);
    const auto failed = store_.samples->append(reports);
    if (failed) break;
    ++failures;
    expect_error(failed.error(), "samples.db");
    // Reads go on, and see what was there before.
    EXPECT_EQ(stored(1), static_cast<std::size_t>(sequence) - 1);
    EXPECT_EQ(stored(kServers), static_cast<std::size_t>(sequence) - 1);
    const auto last = store_.samples->last_reports();
    ASSERT_TRUE(last.has_value()) << last.error().message;
    ASSERT_EQ(last->size(), std::size_t{kServers});
    EXPECT_EQ(last->back().report.facts.kernel, std::to_string(sequence - 1));

    disk_.heal();
    const auto answers = store_.samples->append(reports);
    ASSERT_TRUE(answers.has_value()) << answers.error().message;
    EXPECT_EQ(*answers, std::vector(kServers, Appended::stored));
    EXPECT_EQ(stored(kServers), static_cast<std::size_t>(sequence));
  }
  disk_.heal();
  EXPECT_GE(failures, 1);
  reopen();
  const auto last = store_.samples->last_reports();
  ASSERT_TRUE(last.has_value()) << last.error().message;
  ASSERT_EQ(last->size(), std::size_t{kServers});
  for (std::int64_t server = 1; server <= kServers; ++server) {
    EXPECT_EQ(stored(server), static_cast<std::size_t>(sequence));
    const auto expected = batch(sequence)[static_cast<std::size_t>(server) - 1].report;
    EXPECT_EQ((*last)[static_cast<std::size_t>(server) - 1].report.containers, expected.containers);
  }
  for (std::int64_t k = 1; k <= sequence; ++k) {
    EXPECT_EQ(store_.samples->append(batch(k)).value(), std::vector(kServers, Appended::repeated));
  }
}

TEST_P(DiskFault, IsSaidByCheckWritableUntilItIsOver) {
  disk_.fail_from(GetParam(), 0);
  for (int i = 0; i < 3; ++i) {
    const auto failed = store_.samples->check_writable();
    ASSERT_FALSE(failed.has_value());
    expect_error(failed.error(), "samples.db");
  }
  disk_.heal();
  EXPECT_TRUE(store_.samples->check_writable().has_value());
}

TEST_P(DiskFault, LeavesTheRegistryAsItWas) {
  const auto added =
      store_.registry->add_server("one", model::Origin::native, std::nullopt, kStart);
  ASSERT_TRUE(added.has_value());
  disk_.fail_from(GetParam(), 0);
  const auto failed =
      store_.registry->add_server("two", model::Origin::native, std::nullopt, kStart);
  ASSERT_FALSE(failed.has_value());
  expect_error(failed.error(), "registry.db");
  EXPECT_FALSE(store_.registry->remove_server(added->id).has_value());
  EXPECT_EQ(store_.registry->servers().value().size(), 1U);
  disk_.heal();
  ASSERT_TRUE(
      store_.registry->add_server("two", model::Origin::native, std::nullopt, kStart).has_value());
  reopen();
  EXPECT_EQ(store_.registry->servers().value().size(), 2U);
}

TEST_P(DiskFault, DuringARemovalLeavesItToTheNextTry) {
  for (std::int64_t k = 1; k <= 5; ++k) ASSERT_TRUE(store_.samples->append(batch(k)).has_value());
  disk_.fail_from(GetParam(), 0);
  const auto later = batch(5)[0].time + std::chrono::hours(48);
  const Retention none{.raw = Milliseconds(0)};
  EXPECT_FALSE(store_.samples->remove_server(model::ServerId{1}).has_value());
  EXPECT_FALSE(store_.samples->maintain(later, none, {}).has_value());
  EXPECT_EQ(stored(1), 5U);
  EXPECT_EQ(stored(2), 5U);
  disk_.heal();
  EXPECT_TRUE(store_.samples->remove_server(model::ServerId{1}).has_value());
  EXPECT_EQ(stored(1), 0U);
  EXPECT_EQ(stored(2), 5U);
  EXPECT_TRUE(store_.samples->maintain(later, none, {}).has_value());
  EXPECT_EQ(stored(2), 0U);
  EXPECT_EQ(store_.samples->append(batch(5)).value()[0], Appended::unknown_server);
}

TEST_P(DiskFault, OfAServersFirstReportLosesNothingOfTheSecondTry) {
  disk_.fail_from(GetParam(), 0);
  EXPECT_FALSE(store_.samples->append(batch(1)).has_value());
  disk_.heal();
  EXPECT_TRUE(store_.samples->append(batch(1)).has_value());
  EXPECT_EQ(store_.samples->last_reports().value().size(), std::size_t{kServers});
  reopen();
  EXPECT_TRUE(store_.samples->append(batch(20)).has_value());
  const auto last = store_.samples->last_reports();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->size(), std::size_t{kServers});
  EXPECT_EQ((*last)[0].report.containers, batch(20)[0].report.containers);
}

}  // namespace
}  // namespace wakeful::store
