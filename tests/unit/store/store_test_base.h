// tests/unit/store/store_test_base.h: an embedded store in a folder of its own, for the tests of what
// happens to reports on their way from the journal into packs.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "store/store.h"
#include "support/store_reports.h"
#include "support/temp_folder.h"

namespace wakeful::store {

inline constexpr auto kDay = std::chrono::hours(24);
/// The beginning of the day after the one that the tests' reports begin on.
inline const WallTime kMidnight =
    std::chrono::floor<std::chrono::days>(test::kStart) + std::chrono::days(1);

class StoreTestBase : public ::testing::Test {
 protected:
  /// Small, so that chunks are as short as they can be.
  static constexpr std::size_t kUnpackedBytes = 64 << 10;

  void SetUp() override { reopen(); }

  std::filesystem::path data() const { return folder_.path() / "data"; }
  Samples& samples() { return *store_.samples; }

  void close() { store_ = {}; }
  void reopen() {
    close();
    auto opened = open_store({data(), "", kUnpackedBytes});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }

  std::vector<Appended> append(const std::vector<AcceptedReport>& reports) {
    auto answers = samples().append(reports);
    EXPECT_TRUE(answers.has_value()) << (answers ? "" : answers.error().message);
    return answers ? *answers : std::vector<Appended>();
  }

  void maintain(WallTime now, const Retention& retention = {}) {
    const auto done = samples().maintain(now, retention, {});
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  /// Pack everything, and close all days up to the reports' last one.
  void close_days_before(WallTime midnight) { maintain(midnight + std::chrono::hours(1)); }

  Columns read(std::int64_t server, std::size_t limit = 100'000,
               model::EntityKind kind = model::EntityKind::host, const std::string& name = "",
               std::vector<model::Metric> metrics = {model::Metric::host_cpu_ratio}) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.entity = kind;
    query.entity_name = name;
    query.metrics = std::move(metrics);
    query.limit = limit;
    auto columns = samples().read(query);
    EXPECT_TRUE(columns.has_value()) << (columns ? "" : columns.error().message);
    return columns ? *columns : Columns();
  }
  std::size_t stored(std::int64_t server) { return read(server).times.size(); }

  std::vector<std::string> packs() const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(data() / "samples", none)) {
      auto name = entry.path().filename().string();
      if (name.ends_with(".db")) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
  }

  test::TempFolder folder_;
  Store store_;
};

}  // namespace wakeful::store
