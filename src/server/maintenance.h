// server/maintenance.h: what happens again and again: judging silence, telling the browsers,
// noticing changes by other processes, and throwing away what is old.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "api/live_feed.h"
#include "base/clock.h"
#include "net/loop.h"
#include "net/worker_pool.h"
#include "server/directory.h"
#include "server/ingest.h"
#include "store/registry.h"
#include "store/samples.h"

namespace wakeful::server {

/// Starts its tickers when made, on the loop's thread, and ends them when destroyed. The work runs
/// on worker threads of its own; a piece that is still running or waiting is not queued again.
class Maintenance {
 public:
  struct Parts {
    net::Loop& loop;
    net::WorkerPool& workers;
    const Clock& clock;
    Directory& directory;
    Ingest& ingest;
    api::LiveFeed& live;
    store::Registry& registry;
    store::Samples& samples;
  };
  struct Periods {
    Milliseconds keep_samples;
    Milliseconds session_idle;
    Milliseconds session_lifetime;
  };
  Maintenance(const Parts& parts, const Periods& periods);

 private:
  using Work = std::function<Result<void>()>;
  /// Returns what begins it out of turn.
  std::function<void()> every(Milliseconds interval, std::string_view name, Work work);
  Result<void> remove_old_samples();
  Result<void> remove_old_sessions();

  const Parts parts_;
  const Periods periods_;
  std::vector<net::Loop::Timer> timers_;
};

}  // namespace wakeful::server
