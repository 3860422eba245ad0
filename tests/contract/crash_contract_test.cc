// Acknowledged means on disk: a writer is killed at random moments, again and again, and what it was
// told is compared with what is read back.
#include <chrono>
#include <csignal>
#include <map>
#include <poll.h>
#include <random>
#include <set>
#include <unistd.h>

#include <sys/wait.h>

#include "store_fixture.h"

namespace wakeful::store {
namespace {

using test::make_report;

constexpr int kServers = 5;
constexpr int kBatch = 8;

/// What the writer says after each batch: these sequences of every server are acknowledged.
struct Acknowledged {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

double cpu_of_report(std::int64_t server, std::int64_t sequence) {
  return static_cast<double>((sequence * 31 + server * 1009) % 10'000) / 10'000;
}

/// Append until killed. The child of a fork: leaves by _exit only.
[[noreturn]] void write_until_killed(const StoreOptions& options, std::int64_t first, int out) {
  auto store = open_store(options);
  if (!store) ::_exit(2);
  for (std::int64_t sequence = first;; sequence += kBatch) {
    std::vector<AcceptedReport> reports;
    for (std::int64_t k = sequence; k < sequence + kBatch; ++k) {
      for (int server = 1; server <= kServers; ++server) {
        reports.push_back(make_report(server, k, cpu_of_report(server, k)));
      }
    }
    if (!store->samples->append(reports)) ::_exit(3);
    const Acknowledged said{sequence, sequence + kBatch - 1};
    if (::write(out, &said, sizeof said) != sizeof said) ::_exit(4);
  }
}

/// The writer as a process of its own, and what it has acknowledged.
class Writer {
 public:
  Writer(const StoreOptions& options, std::int64_t first) {
    int ends[2];
    WAKEFUL_CHECK(::pipe(ends) == 0);
    pid_ = ::fork();
    WAKEFUL_CHECK(pid_ >= 0);
    if (pid_ == 0) {
      ::close(ends[0]);
      write_until_killed(options, first, ends[1]);
    }
    ::close(ends[1]);
    out_ = ends[0];
  }
  ~Writer() { ::close(out_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Wait until it has acknowledged so many batches, then kill it so many microseconds later.
  std::vector<Acknowledged> kill_after(int batches, int microseconds) {
    std::vector<Acknowledged> all;
    while (static_cast<int>(all.size()) < batches) {
      Acknowledged one;
      pollfd waiting{out_, POLLIN, 0};
      if (::poll(&waiting, 1, 60'000) <= 0 || !read_one(one)) break;
      all.push_back(one);
    }
    EXPECT_EQ(static_cast<int>(all.size()), batches) << "the writer ended by itself";
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
    while (std::chrono::steady_clock::now() < end) {
    }
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended with " << WEXITSTATUS(status);
    // What it said before it died counts too.
    for (Acknowledged one; read_one(one);) all.push_back(one);
    return all;
  }

 private:
  bool read_one(Acknowledged& one) {
    return ::read(out_, &one, sizeof one) == static_cast<ssize_t>(sizeof one);
  }

  pid_t pid_ = 0;
  int out_ = -1;
};

class CrashContract : public StoreContract {};

INSTANTIATE_TEST_SUITE_P(Stores, CrashContract, ::testing::ValuesIn(store_schemes()), scheme_name);

TEST_P(CrashContract, NothingAcknowledgedIsLostOrDoubledWhenTheWriterIsKilled) {
  constexpr int kKills = 12;
  std::mt19937 random(20261120);
  std::set<std::int64_t> acknowledged;
  std::int64_t first = 1;
  close();
  for (int kill = 0; kill < kKills; ++kill) {
    Writer writer(options(), first);
    for (const auto& said :
         writer.kill_after(1 + static_cast<int>(random() % 6), static_cast<int>(random() % 2000))) {
      for (auto k = said.first; k <= said.last; ++k) acknowledged.insert(k);
    }
    // The next writer begins before the end, as an agent that did not hear the last answer.
    first = *acknowledged.rbegin() - kBatch / 2;
  }
  reopen();
  for (int server = 1; server <= kServers; ++server) {
    auto query = cpu_of(server, 100'000);
    const auto columns = read(query);
    std::map<std::int64_t, double> stored;
    for (std::size_t i = 0; i < columns.times.size(); ++i) {
      const auto sequence = (columns.times[i] - test::kStart) / std::chrono::seconds(8);
      EXPECT_TRUE(stored.emplace(sequence, columns.values[0][i]).second) << "twice: " << sequence;
      EXPECT_EQ(columns.values[0][i], cpu_of_report(server, sequence));
    }
    for (const auto sequence : acknowledged) {
      EXPECT_TRUE(stored.contains(sequence)) << "lost: " << sequence << " of server " << server;
      const auto again = make_report(server, sequence, 0.0);
      EXPECT_EQ(append(again), std::vector{Appended::repeated});
    }
  }
}

}  // namespace
}  // namespace wakeful::store
