// collect/docker_json.h: decodes the Docker Engine API's answers. Pure.
//
// Used by: the agent. Podman's compatible API gives the same answers.
// Source: Docker Engine API v1.41 and later, ContainerList, ContainerInspect, ContainerStats.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/containers.h"

namespace wakeful::collect {

/// Longer answers are refused by their length alone. 10,000 containers give a list of about 20 MiB.
inline constexpr std::size_t kMaxListBytes = std::size_t{32} << 20;
inline constexpr std::size_t kMaxOneBytes = std::size_t{4} << 20;  ///< inspect, stats
inline constexpr std::size_t kMaxContainers = 10'000;

/// GET /containers/json?all=1. Names lose their leading slash; state and status as the engine says.
/// The exit code is taken out of the status text, where the engine puts it.
/// errors  parse: not JSON; invalid: not the shape expected, says where, or the engine's own error
///         message; too_large: over kMaxListBytes or kMaxContainers
Result<std::vector<EngineContainer>> parse_container_list(std::string_view json);

/// GET /containers/{id}/json: state, pid, start, limits, exit code into an entry of the list.
/// errors  parse, invalid (also the answer of another container), too_large; into stays as it was
Result<void> merge_inspect(std::string_view json, EngineContainer& into);

/// GET /containers/{id}/stats?stream=false&one-shot=true. A container that stopped gives
/// nothing but zeros: then all is nullopt.
/// errors  parse, invalid, too_large
Result<EngineStats> parse_stats(std::string_view json);

}  // namespace wakeful::collect
