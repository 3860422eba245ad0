// collect/docker_json.h: decodes the Docker Engine API's answers. Pure. Source: Docker Engine API
// v1.41+.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/containers.h"

namespace wakeful::collect {

/// GET /containers/json?all=1. Names lose their leading slash; state and status as the engine says.
/// errors  parse: not JSON; invalid: not the shape expected, says where
Result<std::vector<EngineContainer>> parse_container_list(std::string_view json);

/// GET /containers/{id}/json: pid, limits, exit code into an entry of the list.
/// errors  parse, invalid
Result<void> merge_inspect(std::string_view json, EngineContainer& into);

/// GET /containers/{id}/stats?stream=false&one-shot=true.
/// errors  parse, invalid
Result<EngineStats> parse_stats(std::string_view json);

}  // namespace wakeful::collect
