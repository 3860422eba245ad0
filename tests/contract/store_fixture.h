// tests/contract/store_fixture.h: a store of each registered kind in a folder of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "store/store.h"
#include "support/store_reports.h"
#include "support/temp_folder.h"

namespace wakeful::store {

/// What a Result holds, or a failed test that says why not.
template <class T>
T value_of(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result ? std::move(*result) : T{};
}

inline bool worked(const Result<void>& result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result.has_value();
}

class StoreContract : public ::testing::TestWithParam<std::string_view> {
 protected:
  StoreOptions options() const {
    return StoreOptions{folder_.path() / "data", std::string(GetParam()) + ":"};
  }

  void SetUp() override { reopen(); }

  void close() { store_ = {}; }
  void reopen() {
    close();
    auto opened = open_store(options());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Registry& registry() { return *store_.registry; }
  Samples& samples() { return *store_.samples; }

  std::vector<Appended> append(const std::vector<AcceptedReport>& reports) {
    return value_of(samples().append(reports));
  }
  std::vector<Appended> append(const AcceptedReport& report) {
    return value_of(samples().append(std::span(&report, 1)));
  }
  Columns read(const SampleQuery& query) { return value_of(samples().read(query)); }

  /// The CPU ratio of a host.
  static SampleQuery cpu_of(std::int64_t server, std::size_t limit = 30) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.metrics = {model::Metric::host_cpu_ratio};
    query.limit = limit;
    return query;
  }

  test::TempFolder folder_;
  Store store_;
};

/// With queries for containers too.
class SamplesContract : public StoreContract {
 protected:
  static SampleQuery container_query(std::int64_t server, const std::string& name) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.entity = model::EntityKind::container;
    query.entity_name = name;
    query.metrics = {model::Metric::container_cpu_ratio,
                     model::Metric::container_memory_used_bytes};
    return query;
  }
};

inline std::string scheme_name(const ::testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

}  // namespace wakeful::store
