// fleet/fleet.h: the live state of every server: newest report, state machine, warnings. Pure but
// for the times it is given.
//
// Used by the server's ingest (apply, after the commit), its ticker (tick) and the API (views). Not
// thread-safe: hold it in a Guarded<Fleet>.
//
// Silence is counted in ticks' time, not by subtracting wall times: a wall clock that is set back,
// or a machine that slept, neither ages nor rejuvenates a server. tick() must therefore be called
// every few seconds; after a pause longer than kLongPause every server gets a fresh period of
// grace.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/report.h"
#include "model/server.h"
#include "store/samples.h"

namespace wakeful::fleet {

/// Something the owner should look at, shown on the server's page.
struct Warning {
  std::string kind;  ///< "clock", "key_conflict", "time"
  std::string message;
};

/// Everything the page shows of one server.
struct ServerView {
  model::Server server;
  model::ServerState state = model::ServerState::empty;
  std::optional<WallTime> state_since;
  std::optional<WallTime> last_report;  ///< receive time
  std::optional<WallTime> last_sample;  ///< the newest sample's own time
  Milliseconds interval{8000};          ///< as announced or learnt
  std::deque<double>
      cpu_history;       ///< host CPU ratio, oldest first, at most kHistory; NaN where missing
  model::Report report;  ///< the newest one
  std::vector<Warning> warnings;  ///< at most one of a kind, at most kMaxWarnings
  std::uint64_t revision = 0;     ///< grows with every change of any server: see changed_since
};
inline constexpr std::size_t kHistory = 30;
inline constexpr std::size_t kMaxWarnings = 10;
/// A pause between two ticks that is taken for a sleep of this machine or a step of its clock.
inline constexpr Milliseconds kLongPause{10'000};
/// Removals remembered for removed_since; older ones are forgotten.
inline constexpr std::size_t kMaxRemoved = 100'000;

/// How the server's silence is judged: missed_intervals of its interval, at least minimum.
struct SilenceRule {
  int missed_intervals = 3;
  Milliseconds minimum{15'000};
};

class Fleet {
 public:
  explicit Fleet(SilenceRule rule = {}) : rule_(rule) {}
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Make the live servers these: new ones appear empty, missing ones go. Names are taken over.
  void set_servers(const std::vector<model::Server>& servers);
  /// After a restart: the stored last report of a server. It shows as on, gets one period of grace
  /// before it is judged, and neither way of ending that makes an event, unless restore_state says
  /// what it was before.
  void restore(const store::AcceptedReport& last, std::vector<double> cpu_history);
  /// After a restart: the state of the server's newest state_changed event and that event's time.
  /// It stays in that state for the period of grace, and what comes then is an event as ever.
  void restore_state(model::ServerId server, model::ServerState state, WallTime since);

  /// Take in a report that is on disk. A report older than the newest one (back-fill) changes
  /// nothing but last_report and, as a sign of life, the state. A server that is not (any more)
  /// there is ignored. shape   events to be kept: state changes, reboots
  std::vector<model::ServerEvent> apply(const store::AcceptedReport& accepted);
  /// Proof of life without samples (the old collector's greeting).
  std::vector<model::ServerEvent> touch(model::ServerId server, WallTime now);
  /// Judge silence. The first call only starts the clock.
  std::vector<model::ServerEvent> tick(WallTime now);

  /// Show or end a warning of a kind.
  void warn(model::ServerId server, Warning warning);
  void clear_warning(model::ServerId server, std::string_view kind);

  const ServerView* find(model::ServerId server) const;
  /// All servers, by name.
  std::vector<const ServerView*> views() const;
  /// Those whose view changed after this revision, latest change first, and the ids of those
  /// removed after it.
  std::vector<const ServerView*> changed_since(std::uint64_t revision) const;
  std::vector<model::ServerId> removed_since(std::uint64_t revision) const;
  std::uint64_t revision() const { return revision_; }

 private:
  /// Since when a server's silence counts.
  enum class Basis : std::uint8_t { report, restart, pause };
  struct Entry {
    ServerView view;
    Milliseconds heard{0};             ///< ticks' time of the last sign of life, or of the grace
    Basis basis = Basis::report;       ///< what heard stands for
    bool assumed = false;              ///< the state after a restart is a guess: no event for it
    std::deque<Milliseconds> spacing;  ///< between the last arrivals, oldest first
    std::list<std::int64_t>::iterator order;  ///< its place in order_
  };

  Entry* entry(model::ServerId server);
  void changed(Entry& entry);
  Milliseconds ticks_time(WallTime received) const;
  Milliseconds silence_limit(const Entry& entry) const;
  void grant_grace(Basis basis);
  std::optional<model::ServerEvent> heard_from(Entry& entry, WallTime now);
  std::optional<model::ServerEvent> judge(Entry& entry, WallTime now);

  SilenceRule rule_;
  std::uint64_t revision_ = 0;
  std::unordered_map<std::int64_t, Entry> servers_;
  std::list<std::int64_t> order_;  ///< ids, latest change last
  std::deque<std::pair<std::uint64_t, model::ServerId>> removed_;
  std::optional<WallTime> last_tick_;
  Milliseconds elapsed_{0};  ///< ticks' time: the sum of the plausible steps between ticks
};

}  // namespace wakeful::fleet
