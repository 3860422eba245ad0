// A writer that is killed at random moments while a second thread packs, trims the journal, closes
// days, makes hours and minutes and lets old days go: what was acknowledged is there once.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <poll.h>
#include <random>
#include <thread>
#include <unistd.h>

#include <sys/wait.h>

#include "series_fixture.h"

namespace wakeful::store {
namespace {

constexpr int kServers = 3;
constexpr int kBatch = 8;
constexpr auto kDay = std::chrono::hours(24);
const Retention kTwoDays{.raw = kDay * 2};

/// Every 10 minutes one; every 7th is late by 20 hours, and the containers change now and then.
AcceptedReport nth_report(std::int64_t server, std::int64_t n) {
  auto time = kMorning + std::chrono::minutes(10) * n + Milliseconds(server);
  if (n % 7 == 3) time -= std::chrono::hours(20) + std::chrono::minutes(3);
  auto accepted = test::make_report(server, n, time);
  auto& report = accepted.report;
  report.metrics = {{model::Metric::host_cpu_ratio, step_of(n, server, 10'001) / 10'000}};
  report.core_cpu_ratio = {step_of(n, 5, 10'001) / 10'000};
  report.containers.emplace();
  if (n % 11 != 0) {
    report.containers->push_back(
        test::make_container("web", step_of(n, 7, 1'000) / 10'000, 65'536));
  }
  if (n % 20 < 9) {
    report.containers->push_back(test::make_container("job-" + std::to_string(n / 200), 0.25, 0));
  }
  return accepted;
}

std::vector<AcceptedReport> batch_from(std::int64_t first) {
  std::vector<AcceptedReport> reports;
  for (std::int64_t n = first; n < first + kBatch; ++n) {
    for (int server = 1; server <= kServers; ++server) reports.push_back(nth_report(server, n));
  }
  return reports;
}

WallTime now_at(std::int64_t n) {
  return kMorning + std::chrono::minutes(10) * n + std::chrono::hours(1);
}

/// Append and keep until killed. The child of a fork: leaves by _exit only.
[[noreturn]] void work_until_killed(const StoreOptions& options, std::int64_t first, int out) {
  auto store = open_store(options);
  if (!store) ::_exit(2);
  std::atomic<std::int64_t> reached{first};
  std::thread upkeep([&] {
    for (;;) {
      if (!store->samples->maintain(now_at(reached), kTwoDays, {})) ::_exit(5);
    }
  });
  for (std::int64_t n = first;; n += kBatch) {
    auto answers = store->samples->append(batch_from(n));
    // Memory is small: the upkeep may have to catch up first.
    while (!answers && answers.error().code == Errc::unavailable) {
      std::this_thread::yield();
      answers = store->samples->append(batch_from(n));
    }
    if (!answers) {
      std::fprintf(stderr, "append: %s\n", answers.error().message.c_str());
      ::_exit(3);
    }
    for (const auto answer : *answers) {
      if (answer != Appended::stored && answer != Appended::repeated) ::_exit(6);
    }
    reached = n + kBatch;
    const std::int64_t last = n + kBatch - 1;
    if (::write(out, &last, sizeof last) != sizeof last) ::_exit(4);
  }
}

/// Start a writer, wait for so many batches and kill it so much later. shape  the last one it acknowledged
std::int64_t run_and_kill(const StoreOptions& options, std::int64_t first, int batches,
                          std::chrono::microseconds later) {
  int ends[2];
  WAKEFUL_CHECK(::pipe(ends) == 0);
  const pid_t writer = ::fork();
  WAKEFUL_CHECK(writer >= 0);
  if (writer == 0) {
    ::close(ends[0]);
    work_until_killed(options, first, ends[1]);
  }
  ::close(ends[1]);
  std::int64_t last = first - 1;
  const auto take = [&] { return ::read(ends[0], &last, sizeof last) == sizeof last; };
  for (int i = 0; i < batches; ++i) {
    pollfd waiting{ends[0], POLLIN, 0};
    if (::poll(&waiting, 1, 60'000) <= 0 || !take()) break;
  }
  const auto end = std::chrono::steady_clock::now() + later;
  while (std::chrono::steady_clock::now() < end) {
  }
  ::kill(writer, SIGKILL);
  int status = 0;
  ::waitpid(writer, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended with " << WEXITSTATUS(status);
  while (take()) {
  }
  ::close(ends[0]);
  return last;
}

class CrashUpkeep : public SamplesSeries {
 protected:
  StoreOptions small() const {
    auto made = options();
    made.unpacked_bytes = 32 << 10;
    return made;
  }

  void expect_each_once(std::int64_t server, WallTime from) {
    auto query = cpu_of(server, 100'000);
    query.from = from;
    const auto columns = read(query);
    std::map<WallTime, double> stored;
    for (std::size_t i = 0; i < columns.times.size(); ++i)
      EXPECT_TRUE(stored.emplace(columns.times[i], columns.values[0][i]).second);
    std::size_t expected = 0;
    for (const auto& report : all_) {
      if (model::to_number(report.server) != server || report.time < from) continue;
      ++expected;
      const auto found = stored.find(report.time);
      ASSERT_TRUE(found != stored.end()) << "lost: " << format_utc(report.time);
      EXPECT_EQ(found->second, report.report.metrics[0].value);
    }
    EXPECT_EQ(stored.size(), expected) << "of server " << server;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, CrashUpkeep, ::testing::ValuesIn(store_schemes()), scheme_name);

TEST_P(CrashUpkeep, NothingIsLostOrDoubledWhenItIsKilledWhileItPacksAndClosesDays) {
  constexpr int kKills = 32;
  std::mt19937 random(20261120);
  std::int64_t last = 0;
  close();
  for (int kill = 0; kill < kKills; ++kill) {
    // The next one begins before the end, as an agent that did not hear the last answer.
    const auto first = std::max<std::int64_t>(1, last - kBatch / 2);
    last = std::max(last, run_and_kill(small(), first, 1 + static_cast<int>(random() % 12),
                                       std::chrono::microseconds(random() % 30'000)));
    if (HasFailure()) return;
  }
  auto opened = open_store(small());
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  store_ = std::move(*opened);
  // What was stored and not acknowledged is sent again, as an agent does.
  for (int i = 0; i < 3; ++i, last += kBatch) {
    ASSERT_EQ(append(batch_from(last + 1)).size(), std::size_t{kServers} * kBatch);
  }
  for (std::int64_t n = 1; n <= last; ++n) {
    for (int server = 1; server <= kServers; ++server) all_.push_back(nth_report(server, n));
  }
  for (int turn = 0; turn < 2; ++turn) {
    const auto now = now_at(last) + kDay * turn;
    const auto oldest_kept = std::chrono::floor<std::chrono::days>(now - kDay * 2) + kDay;
    for (int server = 1; server <= kServers; ++server) expect_each_once(server, oldest_kept);
    std::vector<SeriesKey> keys;
    for (int server = 1; server <= kServers; ++server) {
      keys.push_back(key(server, model::Metric::host_cpu_ratio));
      keys.push_back(key(server, model::Metric::core_cpu_ratio, "0"));
      keys.push_back(key(server, model::Metric::container_cpu_ratio, "web"));
      keys.push_back(key(server, model::Metric::container_cpu_ratio, "job-1"));
    }
    check(query(keys, kMorning - kDay, now_at(last) + kDay, std::chrono::hours(1)), Tier::raw,
          std::chrono::hours(1));
    for (std::int64_t n = last - 100; n <= last; n += kBatch) {
      const auto answers = append(batch_from(std::min(n, last - kBatch + 1)));
      EXPECT_EQ(std::ranges::count(answers, Appended::stored), 0);
    }
    maintain(now + kDay, kTwoDays);
  }
}

}  // namespace
}  // namespace wakeful::store
