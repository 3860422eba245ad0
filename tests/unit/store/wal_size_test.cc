#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "store/store.h"
#include "support/store_reports.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

constexpr int kServers = 500;
constexpr std::uintmax_t kLimitBytes = 64 << 20;

/// Each batch changes a page of every server: some MiB of log.
std::vector<AcceptedReport> batch(std::int64_t sequence) {
  std::vector<AcceptedReport> reports;
  for (int server = 1; server <= kServers; ++server) {
    reports.push_back(test::make_full_report(server, sequence, 8));
  }
  return reports;
}

TEST(WriteAheadLog, StartsAnewUnderAppendsAndReads) {
  const test::TempFolder folder;
  auto store = open_store({folder.path(), ""});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    SampleQuery query;
    query.server = model::ServerId{1};
    query.metrics = {model::Metric::host_cpu_ratio};
    query.limit = 1000;
    while (!done) EXPECT_TRUE(store->samples->read(query).has_value());
  });
  const auto wal_bytes = [&] {
    return std::filesystem::file_size(folder.path() / "samples.db-wal");
  };
  // Grow it beyond the size that wakes the checkpointer, then append on until it is small again.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  std::uintmax_t written_before = 0;
  bool started_anew = false;
  for (std::int64_t sequence = 0; !started_anew && std::chrono::steady_clock::now() < deadline;
       ++sequence) {
    const auto answers = store->samples->append(batch(sequence));
    ASSERT_TRUE(answers.has_value()) << answers.error().message;
    // Without a new start 40 batches are more than the limit.
    started_anew = sequence >= 80 && wal_bytes() <= kLimitBytes;
    written_before = std::max(written_before, wal_bytes());
  }
  done = true;
  reader.join();
  EXPECT_TRUE(started_anew);
  EXPECT_GE(written_before, kLimitBytes / 4);
}

}  // namespace
}  // namespace wakeful::store
