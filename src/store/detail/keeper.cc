#include "store/detail/keeper.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>

#include "base/log.h"

namespace wakeful::store::detail {
namespace {

constexpr std::chrono::milliseconds kLook{1'000};
constexpr std::chrono::milliseconds kPauseAfterError{5'000};
// A day is closed so long after its end: most late reports are in by then.
constexpr std::int64_t kGraceMs = 15 * kMinuteMs;
// And when nothing came for so long: a fleet that fills days up is not met by rewriting them.
constexpr std::int64_t kQuietMs = 10 * kMinuteMs;
// Open chunks are closed after one to two of these.
constexpr std::int64_t kChunkAgeMs = kHourMs;

}  // namespace

Keeper::Keeper(const Parts& parts)
    : parts_(parts),
      packer_(parts.recent, parts.packs, parts.writer, parts.turn),
      closer_(parts.packs, parts.reader) {}

void Keeper::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

Keeper::~Keeper() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Keeper::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::string last_problem;
  while (!stop.stop_requested()) {
    parts_.recent.wait_for_closed(stop, kLook);
    const auto done = pack_all(stop);
    if (done) {
      if (!last_problem.empty()) log::info("store", "packing works again", {});
      last_problem.clear();
      continue;
    }
    if (done.error().message != last_problem) {
      last_problem = done.error().message;
      log::error("store",
                 "reports could not be packed; they stay in the journal and are tried again",
                 {{"error", done.error()}});
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kPauseAfterError, [] { return false; });
  }
}

Result<void> Keeper::pack_all(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const std::lock_guard packing(packing_);
    auto more = packer_.pack_some();
    if (!more) return fail(std::move(more).error());
    auto trimmed = packer_.trim(false);
    if (!trimmed) return trimmed;
    if (!*more) return {};
  }
  return {};
}

Result<void> Keeper::keep(WallTime now, const Retention& retention, std::stop_token stop) {
  const auto now_ms = std::clamp(to_unix_ms(now), kFirstTimeMs, kEndTimeMs - 1);
  {
    const std::lock_guard packing(packing_);
    // Of days that are over, so that they can be closed.
    packer_.close_chunks((now_ms - kGraceMs) / kDayMs * kDayMs);
    if (!chunks_closed_ms_ || now_ms - *chunks_closed_ms_ >= kChunkAgeMs) {
      packer_.close_old_chunks();
      chunks_closed_ms_ = now_ms;
    }
  }
  auto done = pack_all(stop);
  if (done) done = close_days(now_ms, stop);
  if (done) done = drop_old(now_ms, retention, stop);
  if (done && retention.max_bytes > 0)
    done = drop_above(retention.max_bytes, now_ms, retention, stop);
  if (!done || stop.stop_requested()) return done;
  const std::lock_guard packing(packing_);
  return packer_.trim(true);
}

/// Whether nothing has come for a while, as far as this was looked at before.
bool Keeper::is_quiet(const Pack& pack, std::int64_t now_ms) {
  const auto changes = parts_.packs.changes(pack.period);
  const auto [at, is_new] = quiet_.try_emplace(pack.period.first_ms, Quiet{changes, now_ms});
  auto& quiet = at->second;
  if (is_new && pack.period.end_ms + kGraceMs + kQuietMs <= now_ms) return true;
  if (quiet.changes != changes) quiet = {changes, now_ms};
  return now_ms - quiet.since_ms >= kQuietMs;
}

Result<void> Keeper::close_days(std::int64_t now_ms, std::stop_token stop) {
  for (const auto& pack : parts_.packs.all(Tier::raw)) {
    if (stop.stop_requested()) return {};
    if (pack->period.end_ms + kGraceMs > now_ms || pack->is_rolled_up()) continue;
    if (!is_quiet(*pack, now_ms)) continue;
    auto closed = closer_.close(*pack, stop);
    if (!closed) return fail(std::move(closed).error());
  }
  return {};
}

Result<void> Keeper::set_begins(Tier tier, std::int64_t time_ms) {
  const auto turn = parts_.turn.take();
  auto begins = parts_.writer.begins();
  auto& begin = tier == Tier::raw ? begins.raw_ms : begins.minutes_ms;
  if (begin >= time_ms) return {};
  begin = time_ms;
  return parts_.writer.set_begins(begins);
}

/// shape  false: stopped, or it could not be closed yet
Result<bool> Keeper::drop_raw(Pack& pack, std::int64_t now_ms, const Retention& retention,
                              std::stop_token stop) {
  const auto period = pack.period;
  TierBegins begins;
  {
    const auto turn = parts_.turn.take();
    begins = parts_.writer.begins();
  }
  // What came for a day after it was let go is too late.
  const bool too_late = period.end_ms <= begins.raw_ms;
  if (!too_late) {
    if (!pack.is_rolled_up()) {
      auto closed = closer_.close(pack, stop);
      if (!closed || !*closed) return closed;
    }
    const auto kept = parts_.packs.find(Tier::raw, period.first_ms, period.end_ms);
    if (kept.empty()) return false;
    const auto month = period_of(Tier::minutes, period.first_ms);
    if (month.end_ms > now_ms - retention.minutes.count()) {
      auto made = closer_.make_minutes(*kept.front(), stop);
      if (!made || !*made) return made;
    }
  }
  auto done = set_begins(Tier::raw, period.end_ms);
  if (!done) return fail(std::move(done).error());
  const auto writing = parts_.packs.writing();
  done = parts_.packs.remove(period);
  if (!done) return fail(std::move(done).error());
  return true;
}

Result<void> Keeper::drop_minutes(const Pack& pack) {
  auto done = set_begins(Tier::minutes, pack.period.end_ms);
  if (!done) return done;
  const auto writing = parts_.packs.writing();
  return parts_.packs.remove(pack.period);
}

Result<void> Keeper::drop_old(std::int64_t now_ms, const Retention& retention,
                              std::stop_token stop) {
  for (const auto& pack : parts_.packs.all(Tier::raw)) {
    if (stop.stop_requested()) return {};
    if (pack->period.end_ms > now_ms - retention.raw.count()) break;
    auto dropped = drop_raw(*pack, now_ms, retention, stop);
    if (!dropped) return fail(std::move(dropped).error());
    // It changed meanwhile. A later day that goes first would make it too late for its minutes.
    if (!*dropped) break;
  }
  for (const auto& pack : parts_.packs.all(Tier::minutes)) {
    if (pack->period.end_ms > now_ms - retention.minutes.count()) break;
    auto done = drop_minutes(*pack);
    if (!done) return done;
  }
  for (const auto& pack : parts_.packs.all(Tier::hours)) {
    if (pack->period.end_ms > now_ms - retention.hours.count()) break;
    const auto writing = parts_.packs.writing();
    auto done = parts_.packs.remove(pack->period);
    if (!done) return done;
  }
  const auto longest = std::max({retention.raw, retention.minutes, retention.hours});
  // Names stay for as long as a file may hold their samples: hours go a year at a time.
  const auto turn = parts_.turn.take();
  return parts_.writer.forget_unseen(now_ms - retention.raw.count(),
                                     now_ms - longest.count() - 366 * kDayMs);
}

/// The finest and oldest first, down to the day that is running.
Result<void> Keeper::drop_above(std::uint64_t max_bytes, std::int64_t now_ms,
                                const Retention& retention, std::stop_token stop) {
  auto& packs = parts_.packs;
  const auto used = [&] {
    return packs.bytes(Tier::raw) + packs.bytes(Tier::minutes) + packs.bytes(Tier::hours);
  };
  while (used() > max_bytes && !stop.stop_requested()) {
    const auto raw = packs.all(Tier::raw);
    const auto minutes = packs.all(Tier::minutes);
    if (raw.size() > 1 && raw.front()->period.end_ms + kGraceMs <= now_ms) {
      auto dropped = drop_raw(*raw.front(), now_ms, retention, stop);
      if (!dropped) return fail(std::move(dropped).error());
      if (!*dropped) return {};
    } else if (!minutes.empty()) {
      auto done = drop_minutes(*minutes.front());
      if (!done) return done;
    } else {
      const auto hours = packs.all(Tier::hours);
      if (hours.size() < 2) return {};
      const auto writing = packs.writing();
      auto done = packs.remove(hours.front()->period);
      if (!done) return done;
    }
  }
  return {};
}

}  // namespace wakeful::store::detail
