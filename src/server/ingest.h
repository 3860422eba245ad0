// server/ingest.h: the way of a report to the disk: a bounded queue and one writer thread.
//
// The writer takes everything that has gathered (up to kMaxBatch reports), stores it in one
// transaction, and only then changes the live fleet, keeps the events, and lets the answers go, all
// of a batch in one call to the loop. Nothing is held locked while it commits. When a batch cannot
// be stored, each of its requests is told so and nothing of it is kept; the sender tries again.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "fleet/fleet.h"
#include "model/server.h"
#include "server/write_health.h"
#include "store/registry.h"
#include "store/samples.h"

namespace wakeful::server {

/// The kind of the warning that reports were refused for their time.
inline constexpr std::string_view kTimeWarning = "time";

/// A warning of a server to be shown; or, with an empty message, to end.
struct WarningChange {
  model::ServerId server{};
  std::string kind;
  std::string message;
};

/// How many reports of a request are settled: on disk now, or refused for good.
struct Stored {
  std::uint64_t acknowledged = 0;
  std::uint64_t repeated = 0;  ///< of these, how many were there before
  std::uint64_t refused = 0;   ///< of these, how many the store does not take: see out_of_range
};

/// Everything that one request, or one tick, asks of the writer. All parts may be empty.
struct IngestJob {
  std::vector<store::AcceptedReport> reports;
  std::optional<model::ServerId> touch;  ///< proof of life without samples
  std::vector<WarningChange> warnings;
  std::vector<model::ServerEvent> events;
  bool judge_silence = false;  ///< run the fleet's tick
  std::size_t bytes = 0;       ///< what it weighs in the queue: the size of the body
  /// Called on the loop's thread. Empty: nobody waits.
  /// errors  unavailable: the queue was full, or the store did not take it; unauthorized: the
  ///         server was removed meanwhile
  std::function<void(const Result<Stored>&)> done;
};

struct IngestLimits {
  std::size_t max_jobs = 20'000;
  std::size_t max_bytes = 256 << 20;
};

class Ingest {
 public:
  static constexpr std::size_t kMaxBatch = 2'000;  ///< reports of one transaction
  /// Runs a function on the loop's thread.
  using Deliver = std::function<void(std::function<void()>)>;

  Ingest(store::Samples& samples, store::Registry& registry, Guarded<fleet::Fleet>& fleet,
         WriteHealth& health, const Clock& clock, const IngestLimits& limits, Deliver deliver);
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  /// Queue a job. When this fails, done is not called. thread: any
  /// errors  unavailable: the queue is full (says which bound), or the server is stopping
  Result<void> submit(IngestJob job);

  /// From now on nothing of this server is stored; returns when what was on its way is through.
  /// blocks: for one commit. thread: any but the writer
  void forget(model::ServerId server);

  /// Store what is queued, then end the thread. submit() fails from now on. Call once.
  void stop();

 private:
  struct Answer {
    std::function<void(const Result<Stored>&)> done;
    Result<Stored> result;
  };
  struct Batch {
    std::vector<IngestJob> jobs;
    std::vector<std::size_t> counts;             ///< reports of each job
    std::vector<store::AcceptedReport> reports;  ///< of all jobs, in order
    std::vector<Answer> answers;
  };

  void run();
  std::vector<IngestJob> take();
  void write(std::vector<IngestJob> jobs);
  void drop_removed(Batch& batch);
  void answer(Batch& batch, const std::vector<store::Appended>& appended,
              const std::optional<Error>& error);
  std::vector<model::ServerEvent> apply_to_fleet(const Batch& batch,
                                                 const std::vector<store::Appended>& appended);
  std::vector<model::ServerEvent> apply_report(fleet::Fleet& fleet,
                                               const store::AcceptedReport& report,
                                               store::Appended appended);
  std::vector<model::ServerEvent> keep_alive(const Batch& batch);
  void keep_events(std::vector<model::ServerEvent> events);

  store::Samples& samples_;
  store::Registry& registry_;
  Guarded<fleet::Fleet>& fleet_;
  WriteHealth& health_;
  const Clock& clock_;
  const IngestLimits limits_;
  const Deliver deliver_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable batch_done_;
  std::deque<IngestJob> queue_;               // under mutex_
  std::size_t queued_bytes_ = 0;              // under mutex_
  bool stopping_ = false;                     // under mutex_
  std::uint64_t batches_begun_ = 0;           // under mutex_
  std::uint64_t batches_ended_ = 0;           // under mutex_
  std::unordered_set<std::int64_t> removed_;  // under mutex_

  std::deque<model::ServerEvent> unsaved_events_;  // the writer's own
  std::unordered_set<std::int64_t> time_warned_;   // the writer's own: servers
  std::thread writer_;
};

}  // namespace wakeful::server
