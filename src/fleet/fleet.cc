#include "fleet/fleet.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "fleet/detail/cause.h"

namespace wakeful::fleet {
namespace {

using model::ServerEvent;
using model::ServerState;

constexpr std::size_t kSpacings = 5;
constexpr Milliseconds kMinLearnt{1'000};
constexpr Milliseconds kMaxLearnt{600'000};
constexpr Milliseconds kMinAnnounced{100};
constexpr Milliseconds kMaxAnnounced{std::chrono::hours(24)};

Milliseconds default_interval(model::Origin origin) {
  return origin == model::Origin::monitor_info ? Milliseconds(60'000) : Milliseconds(8'000);
}

// The lower median: of an even number the smaller of the middle two, so that one outage among two
// arrivals does not count as the interval.
Milliseconds median(const std::deque<Milliseconds>& spacing) {
  std::vector<Milliseconds> sorted(spacing.begin(), spacing.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

// Whether a report is newer than the one that is shown. Within one run of an agent the sequence
// says so; otherwise the times do, unless the shown time has not come yet: then a clock was set
// back, and holding on to the shown report would freeze the page.
bool is_newest(const ServerView& view, const store::AcceptedReport& accepted) {
  if (!view.last_sample) return true;
  const auto& shown = view.report;
  const auto& report = accepted.report;
  if (!report.agent_run.empty() && report.agent_run == shown.agent_run &&
      report.boot_id == shown.boot_id) {
    return report.sequence > shown.sequence;
  }
  return accepted.time >= *view.last_sample || *view.last_sample > accepted.received;
}

void push_history(std::deque<double>& history, double value) {
  history.push_back(value);
  while (history.size() > kHistory) history.pop_front();
}

ServerEvent state_event(ServerView& view, ServerState to, WallTime now, std::string cause) {
  ServerEvent event;
  event.server = view.server.id;
  event.time = now;
  event.kind = model::EventKind::state_changed;
  event.from = view.state;
  event.to = to;
  event.cause = std::move(cause);
  view.state = to;
  view.state_since = now;
  return event;
}

bool rebooted(const model::Report& before, const model::Report& after) {
  return !before.boot_id.empty() && !after.boot_id.empty() && before.boot_id != after.boot_id;
}

ServerEvent reboot_event(const ServerView& view, const store::AcceptedReport& accepted) {
  ServerEvent event;
  event.server = view.server.id;
  event.time = accepted.received;
  event.kind = model::EventKind::rebooted;
  event.cause = detail::reboot_cause(view.report, accepted.report);
  return event;
}

// Keep the newest distances between arrivals, and read the interval from them.
void learn_interval(ServerView& view, std::deque<Milliseconds>& spacing, Milliseconds distance) {
  if (distance < Milliseconds(0)) return;  // the wall clock was set back in between
  spacing.push_back(std::clamp(distance, kMinLearnt, kMaxLearnt));
  while (spacing.size() > kSpacings) spacing.pop_front();
  view.interval = median(spacing);
}

}  // namespace

void Fleet::set_servers(const std::vector<model::Server>& servers) {
  std::unordered_set<std::int64_t> wanted;
  for (const auto& server : servers) {
    const auto id = model::to_number(server.id);
    wanted.insert(id);
    const auto [at, added] = servers_.try_emplace(id);
    auto& entry = at->second;
    if (added) {
      entry.order = order_.insert(order_.end(), id);
      entry.view.interval = default_interval(server.origin);
    }
    const bool differs =
        added || entry.view.server.name != server.name || entry.view.server.origin != server.origin;
    entry.view.server = server;
    if (differs) changed(entry);
  }
  for (auto at = servers_.begin(); at != servers_.end();) {
    if (wanted.contains(at->first)) {
      ++at;
      continue;
    }
    removed_.emplace_back(++revision_, model::ServerId{at->first});
    if (removed_.size() > kMaxRemoved) removed_.pop_front();
    order_.erase(at->second.order);
    at = servers_.erase(at);
  }
}

void Fleet::restore(const store::AcceptedReport& last, std::vector<double> cpu_history) {
  auto* const found = entry(last.server);
  if (found == nullptr) return;
  auto& view = found->view;
  view.last_report = last.received;
  view.last_sample = last.time;
  view.report = last.report;
  view.cpu_history.clear();
  for (const double value : cpu_history) push_history(view.cpu_history, value);
  if (last.report.interval) {
    view.interval = std::clamp(*last.report.interval, kMinAnnounced, kMaxAnnounced);
  }
  if (view.state == ServerState::empty) {
    view.state = ServerState::on;
    view.state_since = last.received;
    found->assumed = true;
  }
  found->heard = elapsed_;
  found->basis = Basis::restart;
  changed(*found);
}

void Fleet::restore_state(model::ServerId server, ServerState state, WallTime since) {
  auto* const found = entry(server);
  if (found == nullptr || state == ServerState::empty) return;
  found->view.state = state;
  found->view.state_since = since;
  found->assumed = false;
  found->heard = elapsed_;
  found->basis = Basis::restart;
  changed(*found);
}

std::vector<ServerEvent> Fleet::apply(const store::AcceptedReport& accepted) {
  if (accepted.report.greeting) return touch(accepted.server, accepted.received);
  auto* const found = entry(accepted.server);
  if (found == nullptr) return {};
  auto& view = found->view;
  std::vector<ServerEvent> events;
  const auto previous = view.last_report;
  if (auto event = heard_from(*found, accepted.received)) events.push_back(std::move(*event));
  if (is_newest(view, accepted)) {
    if (rebooted(view.report, accepted.report)) events.push_back(reboot_event(view, accepted));
    if (accepted.report.interval) {
      view.interval = std::clamp(*accepted.report.interval, kMinAnnounced, kMaxAnnounced);
      found->spacing.clear();
    } else if (previous) {
      learn_interval(view, found->spacing, accepted.received - *previous);
    }
    view.last_sample = accepted.time;
    view.report = accepted.report;
    const auto cpu = model::find_value(accepted.report.metrics, model::Metric::host_cpu_ratio);
    push_history(view.cpu_history, cpu.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  changed(*found);
  return events;
}

std::vector<ServerEvent> Fleet::touch(model::ServerId server, WallTime now) {
  auto* const found = entry(server);
  if (found == nullptr) return {};
  std::vector<ServerEvent> events;
  if (auto event = heard_from(*found, now)) events.push_back(std::move(*event));
  changed(*found);
  return events;
}

// A sign of life: the server is on from now.
std::optional<ServerEvent> Fleet::heard_from(Entry& entry, WallTime now) {
  auto& view = entry.view;
  std::optional<ServerEvent> event;
  if (view.state == ServerState::empty) {
    event = state_event(view, ServerState::on, now, "first report");
  } else if (view.state == ServerState::off) {
    const auto last = view.last_report.value_or(view.state_since.value_or(now));
    event = state_event(view, ServerState::on, now, detail::return_cause(now - last));
  }
  entry.assumed = false;
  entry.basis = Basis::report;
  entry.heard = std::max(entry.heard, ticks_time(now));  // arrivals may be taken in out of order
  view.last_report = now;
  return event;
}

std::vector<ServerEvent> Fleet::tick(WallTime now) {
  const auto previous = std::exchange(last_tick_, now);
  if (!previous) {
    grant_grace(Basis::restart);
    return {};
  }
  const auto step = now - *previous;
  if (step > kLongPause) {
    grant_grace(Basis::pause);
    return {};
  }
  elapsed_ += std::max(step, Milliseconds(0));
  std::vector<ServerEvent> events;
  for (auto& [id, entry] : servers_) {
    if (entry.view.state != ServerState::on) continue;
    if (auto event = judge(entry, now)) events.push_back(std::move(*event));
  }
  return events;
}

std::optional<ServerEvent> Fleet::judge(Entry& entry, WallTime now) {
  const auto silence = elapsed_ - entry.heard;
  if (silence < silence_limit(entry)) return std::nullopt;
  auto& view = entry.view;
  std::optional<ServerEvent> event;
  if (entry.assumed) {
    // It was silent already when this program started; nobody knows since when.
    view.state = ServerState::off;
    view.state_since = view.last_report;
    entry.assumed = false;
  } else {
    std::string since;
    if (entry.basis == Basis::restart) since = "since Wakeful started";
    if (entry.basis == Basis::pause) since = "since this machine's clock jumped";
    event = state_event(view, ServerState::off, now,
                        detail::silence_cause(silence, view.interval, since));
  }
  changed(entry);
  return event;
}

void Fleet::grant_grace(Basis basis) {
  for (auto& [id, entry] : servers_) {
    if (entry.view.state != ServerState::on) continue;
    entry.heard = elapsed_;
    if (basis == Basis::pause) entry.basis = Basis::pause;
  }
}

Milliseconds Fleet::silence_limit(const Entry& entry) const {
  return std::max(rule_.minimum, rule_.missed_intervals * entry.view.interval);
}

// The moment of an arrival on the scale of the ticks. An arrival far from the last tick was stamped
// by a clock that has stepped since, so it counts as "now".
Milliseconds Fleet::ticks_time(WallTime received) const {
  if (!last_tick_) return elapsed_;
  const auto distance = received - *last_tick_;
  if (distance > kLongPause || distance < -kLongPause) return elapsed_;
  return elapsed_ + distance;
}

void Fleet::warn(model::ServerId server, Warning warning) {
  auto* const found = entry(server);
  if (found == nullptr) return;
  auto& warnings = found->view.warnings;
  const auto same = std::ranges::find(warnings, warning.kind, &Warning::kind);
  if (same != warnings.end()) {
    if (same->message == warning.message) return;
    same->message = std::move(warning.message);
  } else {
    if (warnings.size() >= kMaxWarnings) return;
    warnings.push_back(std::move(warning));
  }
  changed(*found);
}

void Fleet::clear_warning(model::ServerId server, std::string_view kind) {
  auto* const found = entry(server);
  if (found == nullptr) return;
  if (std::erase_if(found->view.warnings, [&](const Warning& w) { return w.kind == kind; }) != 0) {
    changed(*found);
  }
}

const ServerView* Fleet::find(model::ServerId server) const {
  const auto at = servers_.find(model::to_number(server));
  return at == servers_.end() ? nullptr : &at->second.view;
}

std::vector<const ServerView*> Fleet::views() const {
  std::vector<const ServerView*> all;
  all.reserve(servers_.size());
  for (const auto& [id, entry] : servers_) all.push_back(&entry.view);
  std::ranges::sort(all, {},
                    [](const ServerView* view) -> const std::string& { return view->server.name; });
  return all;
}

std::vector<const ServerView*> Fleet::changed_since(std::uint64_t revision) const {
  std::vector<const ServerView*> changed;
  for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
    const auto& view = servers_.at(*at).view;
    if (view.revision <= revision) break;
    changed.push_back(&view);
  }
  return changed;
}

std::vector<model::ServerId> Fleet::removed_since(std::uint64_t revision) const {
  std::vector<model::ServerId> removed;
  for (auto at = removed_.rbegin(); at != removed_.rend() && at->first > revision; ++at) {
    removed.push_back(at->second);
  }
  return removed;
}

Fleet::Entry* Fleet::entry(model::ServerId server) {
  const auto at = servers_.find(model::to_number(server));
  return at == servers_.end() ? nullptr : &at->second;
}

void Fleet::changed(Entry& entry) {
  entry.view.revision = ++revision_;
  order_.splice(order_.end(), order_, entry.order);
}

}  // namespace wakeful::fleet
