// collect/containers.h: figures of the engine's containers, read from cgroup files (v1, v2,
// hybrid).
//
// The names, images and states come from the engine (collect/docker_json.h decodes its answers);
// the agent asks the engine asynchronously (agent/docker_source.h) and hands the list in here,
// where the kernel's figures are added.
#pragma once

#include <chrono>
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
  std::string started_at;           ///< as the engine writes it; empty: not known (not inspected)
  std::optional<std::int64_t> memory_limit_bytes;
  std::optional<double> cpu_limit_cores;
};

/// One answer of the engine's stats API, the fallback where cgroup files cannot be read.
struct EngineStats {
  std::optional<WallTime> read_at;                  ///< when the engine read them, by its clock
  std::optional<std::uint64_t> cpu_usage_ns;        ///< since the container started
  std::optional<std::uint64_t> memory_usage_bytes;  ///< with file cache
  std::optional<std::uint64_t> memory_inactive_file_bytes;
  std::optional<std::uint64_t> memory_limit_bytes;
};

/// The CPU time a container used between two readings, as a part of all CPUs, 0..1.
/// shape   nullopt when the counter went backwards (the container started anew), no time passed, or
///         the result is over 1.05, which no container can use
std::optional<double> container_cpu_ratio(std::uint64_t before_ns, std::uint64_t now_ns,
                                          std::chrono::nanoseconds elapsed, std::int64_t cpu_count);

/// Turns lists of containers into report entries; keeps each container's previous CPU time. A
/// container is the same as before when its id, pid and start are and its CPU time did not shrink;
/// ids that vanish are forgotten. CPU ratios are of report.facts.cpu_count CPUs, so the identity
/// collector runs before (without it, the CPUs are counted here).
class ContainerFigures {
 public:
  explicit ContainerFigures(const Context& context);
  ~ContainerFigures();
  ContainerFigures(const ContainerFigures&) = delete;
  ContainerFigures& operator=(const ContainerFigures&) = delete;

  /// Read the cgroup figures of each running or paused container and append all containers to
  /// report.containers. A cgroup problem (memory accounting off, hidden files) becomes one report
  /// problem of source "containers", not one per container.
  /// stats   by container id: used for those whose cgroup files cannot be read
  /// shape   ids of running containers whose cgroup files cannot be read, so that the agent asks
  ///         the stats API for them
  std::vector<std::string> add_to(model::Report& report,
                                  const std::vector<EngineContainer>& containers,
                                  const std::map<std::string, EngineStats>& stats);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::collect
