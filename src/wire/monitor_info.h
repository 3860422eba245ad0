// wire/monitor_info.h: the old Docker/host monitor's POST /monitor_info, to the byte.
// docs/protocol.md §3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "wire/native.h"

namespace wakeful::wire {

/// What an old agent means by con_cpu_percent. Agents of different make differ, and nothing in the
/// body tells. Ordered from the largest reading to the smallest.
enum class ContainerCpu : std::uint8_t { fraction, percent_of_host, percent_of_core };

struct MonitorInfo {
  std::string agent_id;  ///< becomes the server's name
  model::Report report;  ///< origin monitor_info, time nullopt, time_text as sent; containers
                         ///< without container_cpu_ratio
  double host_cpu_ratio = 0;
  /// con_cpu_percent as it was sent, one entry per container of the report.
  std::vector<double> container_cpu_as_sent;
};

/// Decode one body. Percentages become ratios; a container that is not running keeps its state and
/// no figures. errors  parse: not JSON, with the place (NaN and Infinity by the name of their
/// field); invalid: names the field,
///         what was expected and what came
Result<MonitorInfo> parse_monitor_info(std::string_view json, const ReportLimits& limits);

/// The reading to use from now on: the first, from so_far on, in which the containers do not use
/// more CPU than their host does (with 5 points of tolerance for different moments). Never goes
/// back, so one clear report settles it.
ContainerCpu read_container_cpu(const MonitorInfo& info, ContainerCpu so_far);

/// Put container_cpu_ratio into the report's running containers.
void set_container_cpu(MonitorInfo& info, ContainerCpu meaning);

/// {"data": "", "pageInfo": {}, "resultCode": "0", "resultMessage": "Success", "success": true}
std::string monitor_info_success();
/// resultCode "99", success false, data null, resultMessage the reason.
std::string monitor_info_failure(std::string_view reason);

/// Whether the agent's zone-less time ("YYYY-MM-DD HH:MM:SS", maybe on a 12-hour clock) can be the
/// receive time: in any whole-hour zone, read as 24 h or 12 h, within 5 minutes. Unreadable text
/// counts as no.
bool clock_plausible(std::string_view time_text, WallTime received);

}  // namespace wakeful::wire
