#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "store/store.h"
#include "support/store_reports.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

constexpr int kServers = 500;
constexpr std::uintmax_t kLimitBytes = 64 << 20;
constexpr std::uint32_t kNewStarts = 3;

/// A batch takes some pages of the log.
std::vector<AcceptedReport> batch(std::int64_t sequence) {
  std::vector<AcceptedReport> reports;
  for (int server = 1; server <= kServers; ++server) {
    reports.push_back(test::make_full_report(server, sequence, 8));
  }
  return reports;
}

/// How often the log began anew: a number in its head. https://www.sqlite.org/fileformat2.html#walformat
std::uint32_t start_of(const std::filesystem::path& wal) {
  std::ifstream file(wal, std::ios::binary);
  std::array<unsigned char, 16> head{};
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  return static_cast<std::uint32_t>(head[12]) << 24 | static_cast<std::uint32_t>(head[13]) << 16 |
         static_cast<std::uint32_t>(head[14]) << 8 | head[15];
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
  const auto wal = folder.path() / "samples.db-wal";
  // Append until it began anew some times: it woke the checkpointer, and went on from its beginning.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  const auto first = start_of(wal);
  std::uintmax_t largest = 0;
  for (std::int64_t sequence = 0;
       start_of(wal) - first < kNewStarts && std::chrono::steady_clock::now() < deadline;
       ++sequence) {
    const auto answers = store->samples->append(batch(sequence));
    ASSERT_TRUE(answers.has_value()) << answers.error().message;
    largest = std::max(largest, std::filesystem::file_size(wal));
  }
  done = true;
  reader.join();
  EXPECT_GE(start_of(wal) - first, kNewStarts);
  EXPECT_LE(largest, kLimitBytes);
}

}  // namespace
}  // namespace wakeful::store
