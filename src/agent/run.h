// agent/run.h: puts the agent together and runs it until a signal, or once.
#pragma once

#include "agent/config.h"

namespace wakeful::agent {

/// What main returns; stated in --help.
enum class ExitCode : int {
  good = 0,          ///< stopped by a signal; once: acknowledged, or nothing to send to
  cannot_start = 1,  ///< the settings are wrong
  refused = 2,       ///< once: the server refused the report
  unreachable = 3,   ///< once: no server, or it cannot store now
};

/// blocks  until SIGTERM or SIGINT; with config.once until the report's fate is known
ExitCode run_agent(AgentConfig config);

}  // namespace wakeful::agent
