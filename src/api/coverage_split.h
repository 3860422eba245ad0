// api/coverage_split.h: divides the time of a server into measured, planned to be away, and lost.
//
// Pure. Used by coverage.cc. Measured comes from the store; planned from the changes of state that
// the registry keeps; what is left of the time in which the server existed is lost.
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "model/server.h"
#include "store/samples.h"

namespace wakeful::api {

/// All three as long as the coverage. NaN in each where the server did not exist yet (or the step
/// has not begun) and nothing was measured.
struct CoverageSplit {
  std::vector<double> measured;
  std::vector<double> asleep;
  std::vector<double> lost;
};

/// events   of this server, newest first, as the registry gives them
/// planned  the states in which silence is meant to be
/// created, now  nothing is lost before and after these
CoverageSplit split_coverage(const store::Coverage& coverage,
                             std::span<const model::ServerEvent> events,
                             std::span<const model::ServerState> planned, WallTime created,
                             WallTime now);

}  // namespace wakeful::api
