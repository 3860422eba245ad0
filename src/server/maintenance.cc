#include "server/maintenance.h"

#include <string>
#include <utility>

#include "base/log.h"

namespace wakeful::server {
namespace {

constexpr Milliseconds kSilenceCheck{1'000};
constexpr Milliseconds kLive{500};
constexpr Milliseconds kRegistryCheck{1'000};
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

Maintenance::Maintenance(const Parts& parts, const Periods& periods)
    : parts_(parts), periods_(periods) {
  timers_.push_back(parts_.loop.every(kSilenceCheck, [this] {
    IngestJob job;
    job.judge_silence = true;
    // A full queue means that reports are coming in; the next second will do.
    [[maybe_unused]] const auto queued = parts_.ingest.submit(std::move(job));
  }));
  every(kLive, "live", [this]() -> Result<void> {
    parts_.live.publish();
    return {};
  });
  every(kRegistryCheck, "registry", [this] { return parts_.directory.refresh_if_changed(); });
  // At once too: a server that is restarted every day must also clean up.
  every(kCleanUp, "retention", [this] { return remove_old_samples(); })();
  every(kCleanUp, "sessions", [this] { return remove_old_sessions(); })();
}

std::function<void()> Maintenance::every(Milliseconds interval, std::string_view name, Work work) {
  const auto task = std::make_shared<Task>();
  const auto begin = [this, name, task, work = std::move(work)] {
    if (task->busy.exchange(true)) return;
    const bool queued = parts_.workers.submit([name, task, work] {
      tell(*task, name, work());
      task->busy = false;
    });
    if (!queued) task->busy = false;
  };
  timers_.push_back(parts_.loop.every(interval, begin));
  return begin;
}

Result<void> Maintenance::remove_old_samples() {
  return parts_.samples.remove_before(parts_.clock.wall_now() - periods_.keep_samples);
}

Result<void> Maintenance::remove_old_sessions() {
  const WallTime now = parts_.clock.wall_now();
  return parts_.registry.remove_sessions_before(now - periods_.session_idle,
                                                now - periods_.session_lifetime);
}

}  // namespace wakeful::server
