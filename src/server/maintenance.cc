#include "server/maintenance.h"

#include <string>
#include <utility>

#include "base/log.h"

namespace wakeful::server {
namespace {

constexpr Milliseconds kSilenceCheck{1'000};
constexpr Milliseconds kLive{500};
constexpr Milliseconds kRegistryCheck{1'000};
constexpr Milliseconds kStoreWork{std::chrono::minutes(1)};
constexpr Milliseconds kCleanUp{std::chrono::hours(1)};

/// One kind of work: whether it is on its way, and how it ended the last time.
struct Task {
  std::atomic<bool> busy{false};
  std::string last_problem;  // only touched by the work itself, which runs one at a time
};

void tell(Task& task, std::string_view name, const Result<void>& result) {
  std::string problem = result ? std::string() : result.error().message;
  if (problem == task.last_problem) return;
  if (result) {
    log::info("server", "a regular task works again", {{"task", name}});
  } else {
    log::error("server", "a regular task failed", {{"task", name}, {"reason", problem}});
  }
  task.last_problem = std::move(problem);
}

}  // namespace

// Work may outlive this object by as long as it takes to stop: it holds what it needs itself.
Maintenance::Maintenance(const Parts& parts, const Periods& periods) : parts_(parts) {
  timers_.push_back(parts_.loop.every(kSilenceCheck, [parts] {
    IngestJob job;
    job.judge_silence = true;
    // A full queue means that reports are coming in; the next second will do.
    [[maybe_unused]] const auto queued = parts.ingest.submit(std::move(job));
  }));
  every(kLive, "live", [parts]() -> Result<void> {
    parts.live.publish();
    return {};
  });
  every(kRegistryCheck, "registry", [parts] { return parts.directory.refresh_if_changed(); });
  // These two at once as well: a server that is restarted every day must also clean up.
  every(kStoreWork, "store",
        [parts, retention = periods.retention, stop = stop_.get_token()]() -> Result<void> {
          auto done = parts.samples.maintain(parts.clock.wall_now(), retention, stop);
          // Work that was told to stop has not failed.
          return stop.stop_requested() ? Result<void>() : done;
        })();
  every(kCleanUp, "sessions", [parts, periods] {
    const WallTime now = parts.clock.wall_now();
    return parts.registry.remove_sessions_before(now - periods.session_idle,
                                                 now - periods.session_lifetime);
  })();
}

Maintenance::~Maintenance() { stop_.request_stop(); }

std::function<void()> Maintenance::every(Milliseconds interval, std::string_view name, Work work) {
  const auto task = std::make_shared<Task>();
  const auto begin = [&workers = parts_.workers, name, task, work = std::move(work)] {
    if (task->busy.exchange(true)) return;
    const bool queued = workers.submit([name, task, work] {
      tell(*task, name, work());
      task->busy = false;
    });
    if (!queued) task->busy = false;
  };
  timers_.push_back(parts_.loop.every(interval, begin));
  return begin;
}

}  // namespace wakeful::server
