// collect/detail/cgroup_locator.h: finds the cgroup directories of a container.
//
// Order: the kernel's answer (/proc/PID/cgroup, placed under the mounted hierarchies); then the
// paths that Docker and Podman use for an id; then a bounded search of the tree for a directory
// that carries the id. The last two serve an agent in a container, which sees the host's trees but
// not its processes, or sees paths relative to a cgroup namespace of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/cgroup_files.h"
#include "collect/collector.h"
#include "collect/detail/file_reader.h"

namespace wakeful::collect::detail {

/// A directory and the format of the files in it.
struct CgroupDir {
  std::string path;  ///< with a slash at the end; empty: the controller is not there
  bool version2 = false;
};

struct CgroupDirs {
  CgroupDir cpu_usage;  ///< cpu.stat, or cpuacct.usage in version 1
  CgroupDir cpu_limit;  ///< cpu.max, or cpu.cfs_quota_us
  CgroupDir memory;     ///< memory.current, or memory.usage_in_bytes
};

class CgroupLocator {
 public:
  explicit CgroupLocator(const Context& context);

  /// Find a container's directories. Costly (a search of the tree at worst): keep the answer.
  /// errors  not_found: no directory for it, the message says where was looked; denied
  Result<CgroupDirs> find(const std::string& id, std::optional<std::int64_t> pid,
                          FileReader& reader);

  /// Why no container has memory figures, with the remedy; nullopt when the controller is there.
  std::optional<std::string> memory_problem(FileReader& reader);

 private:
  struct Hierarchy {
    bool version2 = false;
    std::vector<std::string> controllers;
    std::string root;   ///< what part of the hierarchy is mounted
    std::string place;  ///< where we read it, with a slash at the end
  };

  void read_mounts(FileReader& reader);
  void add_usual_places();
  std::string place_of(const std::string& mount_point) const;
  const Hierarchy* hierarchy_of(std::string_view controller) const;
  Result<CgroupDirs> find_by_pid(const std::string& id, std::int64_t pid, FileReader& reader) const;
  CgroupDir find_by_id(const Hierarchy& hierarchy, const std::string& id) const;
  CgroupDirs find_by_id(const std::string& id) const;

  Context context_;
  std::string proc_;
  std::string sys_;  ///< without a slash at the end
  std::vector<Hierarchy> hierarchies_;
};

}  // namespace wakeful::collect::detail
