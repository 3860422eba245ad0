// collect/containers.h: figures of the engine's containers, read from cgroup files (v1, v2,
// hybrid).
//
// The names, images and states come from the engine (collect/docker_json.h decodes its answers);
// the agent asks the engine asynchronously (agent/docker_source.h) and hands the list in here,
// where the kernel's figures are added.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collect/collector.h"
#include "model/report.h"

namespace wakeful::collect {

/// One container as the engine lists it, with what `inspect` adds.
struct EngineContainer {
  model::Container container;       ///< metrics empty
  std::optional<std::int64_t> pid;  ///< of its first process, host's numbering; for the cgroup path
  std::optional<std::int64_t> memory_limit_bytes;
  std::optional<double> cpu_limit_cores;
};

/// One answer of the engine's stats API, the fallback where cgroup files cannot be read.
struct EngineStats {
  std::optional<std::uint64_t> cpu_usage_ns;        ///< since the container started
  std::optional<std::uint64_t> memory_usage_bytes;  ///< with file cache
  std::optional<std::uint64_t> memory_inactive_file_bytes;
  std::optional<std::uint64_t> memory_limit_bytes;
};

/// Turns lists of containers into report entries; keeps each container's previous CPU time. A
/// container is the same as before when its id and start are; ids that vanish are forgotten.
class ContainerFigures {
 public:
  explicit ContainerFigures(const Context& context);
  ~ContainerFigures();
  ContainerFigures(const ContainerFigures&) = delete;
  ContainerFigures& operator=(const ContainerFigures&) = delete;

  /// Read the cgroup figures of each running container and append all containers to
  /// report.containers. stats  by container id: used for those whose cgroup files could not be read
  /// the last time shape  ids of running containers whose cgroup files cannot be read, so that the
  /// agent asks the stats API A cgroup problem (memory accounting off, hidden files) becomes one
  /// report problem, not one per container.
  std::vector<std::string> add_to(model::Report& report,
                                  const std::vector<EngineContainer>& containers,
                                  const std::map<std::string, EngineStats>& stats);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::collect
