// fleet/fleet.h: the live state of every server: newest report, state machine, warnings. Pure but
// for the times it is given.
//
// Used by the server's ingest (apply, after the commit), its ticker (tick) and the API (views). Not
// thread-safe: hold it in a Guarded<Fleet>.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/report.h"
#include "model/server.h"
#include "store/samples.h"

namespace wakeful::fleet {

/// Something the owner should look at, shown on the server's page.
struct Warning {
  std::string kind;  ///< "clock", "key_conflict"
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
  std::vector<Warning> warnings;
  std::uint64_t revision = 0;  ///< grows with every change of any server: see changed_since
};
inline constexpr std::size_t kHistory = 30;

/// How the server's silence is judged: missed_intervals of its interval, at least minimum.
struct SilenceRule {
  int missed_intervals = 3;
  Milliseconds minimum{15'000};
};

class Fleet {
 public:
  explicit Fleet(SilenceRule rule = {}) : rule_(rule) {}

  /// Make the live servers these: new ones appear empty, missing ones go. Names are taken over.
  void set_servers(const std::vector<model::Server>& servers);
  /// After a restart: the stored last report of a server. The state is off until it reports, judged
  /// by tick().
  void restore(const store::AcceptedReport& last, std::vector<double> cpu_history);

  /// Take in a report that is on disk. A report older than the newest one (back-fill) changes
  /// nothing but last_report. shape   events to be kept: state changes, reboots
  std::vector<model::ServerEvent> apply(const store::AcceptedReport& accepted);
  /// Proof of life without samples (the old collector's greeting).
  std::vector<model::ServerEvent> touch(model::ServerId server, WallTime now);
  /// Judge silence.
  std::vector<model::ServerEvent> tick(WallTime now);

  /// Show or end a warning of a kind.
  void warn(model::ServerId server, Warning warning);
  void clear_warning(model::ServerId server, std::string_view kind);

  const ServerView* find(model::ServerId server) const;
  /// All servers, by name.
  std::vector<const ServerView*> views() const;
  /// Those whose view changed after this revision, and the ids of those removed after it.
  std::vector<const ServerView*> changed_since(std::uint64_t revision) const;
  std::vector<model::ServerId> removed_since(std::uint64_t revision) const;
  std::uint64_t revision() const { return revision_; }

 private:
  SilenceRule rule_;
  std::uint64_t revision_ = 0;
  std::unordered_map<std::int64_t, ServerView> servers_;
  std::deque<std::pair<std::uint64_t, model::ServerId>> removed_;
};

}  // namespace wakeful::fleet
