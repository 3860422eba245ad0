// model/report.h: what one host said at one moment, whatever language its agent speaks.
//
// Produced by the agent's collectors and by the wire parsers; consumed by the live fleet and the
// stores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/metric.h"

namespace wakeful::model {

/// Which protocol brought a report, or which created a server. Numbers are stored on disk.
enum class Origin : std::uint8_t { native = 1, monitor_info = 2, collector = 3 };
std::string_view origin_name(Origin origin);

/// Docker's words; unknown for a word that a newer engine may invent. Numbers are stored on disk.
enum class ContainerState : std::uint8_t {
  unknown = 0,
  created = 1,
  running = 2,
  paused = 3,
  restarting = 4,
  removing = 5,
  exited = 6,
  dead = 7,
};
std::string_view container_state_name(ContainerState state);
std::optional<ContainerState> find_container_state(std::string_view name);

/// Facts that change rarely. Empty or 0 means not known.
struct HostFacts {
  std::string hostname;
  std::string kernel;        ///< "6.1.0-18-amd64"
  std::string os;            ///< "Debian GNU/Linux 12 (bookworm)"
  std::string architecture;  ///< "x86_64"
  std::string agent_version;
  std::int64_t cpu_count = 0;  ///< logical CPUs
  bool operator==(const HostFacts&) const = default;
};

struct UserSession {
  std::string name;
  std::string terminal;     ///< "pts/0", empty for none
  std::string remote_host;  ///< empty for a local login
  std::optional<WallTime> since;
  bool operator==(const UserSession&) const = default;
};

/// Identified within its server by name: the id changes whenever it is made anew.
struct Container {
  std::string name;
  std::string id;      ///< as the engine prints it, may be empty (old agents do not send it)
  std::string engine;  ///< "docker"
  std::string image;
  ContainerState state = ContainerState::unknown;
  std::optional<std::int64_t> exit_code;  ///< only of one that ended
  std::string status_text;                ///< the engine's own words: "Up 3 hours (healthy)"
  std::string node_name;                  ///< monitor_info only
  /// Entity kind container. What does not run has a state and no figures, or zeros where an old
  /// agent sends zeros.
  std::vector<MetricValue> metrics;
  bool operator==(const Container&) const = default;
};

/// A source that gave nothing, and why: shown to the owner beside the missing values.
struct SourceProblem {
  std::string source;  ///< collector name, such as "docker"
  Errc code = Errc::unsupported;
  std::string message;  ///< for people: what happened and what to do
  bool operator==(const SourceProblem&) const = default;
};

struct Report {
  Origin origin = Origin::native;
  std::string boot_id;  ///< kernel's boot id; empty in old protocols
  std::uint64_t sequence =
      0;  ///< grows by one per report of one agent run on one boot; 0 in old protocols
  std::string agent_run;  ///< random id of the agent's run: sequence restarts with it; empty in old
                          ///< protocols
  std::optional<WallTime> time;  ///< the agent's wall clock; nullopt where it carries no zone
  std::string time_text;         ///< old protocols: the time as it was written
  std::optional<Milliseconds> interval;  ///< when the next report is planned
  HostFacts facts;
  std::vector<MetricValue> metrics;  ///< entity kind host
  std::vector<double>
      core_cpu_ratio;  ///< one entry per logical CPU in kernel order; NaN for an offline one
  std::vector<UserSession> users;
  std::optional<std::vector<Container>>
      containers;  ///< nullopt: not known (see problems); empty: there are none
  std::vector<SourceProblem> problems;
  /// Collector only: the request carried an id and a time and nothing else. It proves life and
  /// stores no sample.
  bool greeting = false;
};

}  // namespace wakeful::model
