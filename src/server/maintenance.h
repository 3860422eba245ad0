// server/maintenance.h: what happens again and again: judging silence, telling the browsers,
// noticing changes by other processes, and the store's own work with what gets older.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
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

/// Starts its tickers when made, on the loop's thread. The work runs on worker threads of its own; a
/// piece that is still running or waiting is not queued again. When it is destroyed its tickers end,
/// and work that is still running is asked to stop; what it uses (Parts) must outlive the workers.
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
    store::Retention retention;
    Milliseconds session_idle;
    Milliseconds session_lifetime;
  };
  Maintenance(const Parts& parts, const Periods& periods);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  using Work = std::function<Result<void>()>;
  /// Returns what begins it out of turn.
  std::function<void()> every(Milliseconds interval, std::string_view name, Work work);

  const Parts parts_;
  std::stop_source stop_;
  std::vector<net::Loop::Timer> timers_;
};

}  // namespace wakeful::server
