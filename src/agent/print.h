// agent/print.h: a report as text for people, for --print.
#pragma once

#include <string>

#include "agent/uplink.h"
#include "model/report.h"

namespace wakeful::agent {

/// The host's values, then each container, then what could not be read.
/// shape  lines "name value", control characters of outside texts made visible
std::string describe_report(const model::Report& report);

/// The HTTP status and the server's answer, or why there is none.
std::string describe_outcome(const UplinkOutcome& outcome);

}  // namespace wakeful::agent
