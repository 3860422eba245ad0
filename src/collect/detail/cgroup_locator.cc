#include "collect/detail/cgroup_locator.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <dirent.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace wakeful::collect::detail {
namespace {

constexpr int kMaxDepth = 8;
constexpr int kMaxDirectories = 4096;

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string without_end_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// Ids come from the engine and become file names: letters and digits only.
bool is_plain_id(std::string_view id) {
  constexpr std::size_t kShortest = 12;
  return id.size() >= kShortest && std::ranges::all_of(id, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// The part of path below root, with a leading slash; nullopt when it is not below.
std::optional<std::string_view> below(std::string_view path, std::string_view root) {
  if (path.find("/..") != std::string_view::npos || root.find("/..") != std::string_view::npos) {
    return std::nullopt;  // relative to a cgroup namespace: cannot be placed
  }
  if (root == "/") return path;
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && !path.starts_with('/')) return std::nullopt;
  return path;
}

/// The path up to the component that carries the id: the container's own cgroup, above those that a
/// systemd or a Docker inside it makes. Empty when none does: then the process is another one (its
/// number was taken again, or belongs to another namespace).
std::string_view up_to_id(std::string_view path, std::string_view id) {
  const auto at = path.find(id);
  if (id.empty() || at == std::string_view::npos) return {};
  return path.substr(0, path.find('/', at));
}

/// Whether a directory's name is that of a container's cgroup; Podman's conmon has its own beside.
bool carries_id(std::string_view name, std::string_view id) {
  return name.find(id) != std::string_view::npos && name.find("conmon") == std::string_view::npos;
}

/// Breadth first, so that the container's own directory comes before any that it makes within.
std::string search_tree(const std::string& top, std::string_view id) {
  std::deque<std::pair<std::string, int>> waiting{{top, 0}};
  for (int visited = 0; !waiting.empty() && visited < kMaxDirectories; ++visited) {
    const auto [path, depth] = std::move(waiting.front());
    waiting.pop_front();
    const Directory directory(::opendir(path.c_str()));
    if (!directory) continue;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with('.') || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)) {
        continue;
      }
      std::string child = path + std::string(name) + '/';
      if (carries_id(name, id)) return child;
      if (depth + 1 < kMaxDepth && entry->d_type == DT_DIR) {
        waiting.emplace_back(std::move(child), depth + 1);
      }
    }
  }
  return {};
}

}  // namespace

CgroupLocator::CgroupLocator(const Context& context)
    : context_(context),
      proc_((context.proc_root / "").string()),
      sys_(without_end_slash(context.sys_root.string())) {}

std::string CgroupLocator::place_of(const std::string& mount_point) const {
  if (mount_point == sys_ || mount_point.starts_with(sys_ + '/')) return mount_point + '/';
  constexpr std::string_view kSys = "/sys/";
  if (mount_point.starts_with(kSys)) return sys_ + '/' + mount_point.substr(kSys.size()) + '/';
  return (context_.file_root / mount_point.substr(1) / "").string();
}

void CgroupLocator::read_mounts(FileReader& reader) {
  hierarchies_.clear();
  const auto text = reader.read(proc_ + "self/mountinfo");
  if (text) {
    for (auto& mount : parse_cgroup_mounts(*text)) {
      auto place = place_of(mount.mount_point);
      if (!exists(place)) continue;
      hierarchies_.push_back(
          {mount.version2, std::move(mount.controllers), std::move(mount.root), std::move(place)});
    }
  }
  if (hierarchies_.empty()) add_usual_places();
  // Under sys_root lies the host's tree; other mounts may show an agent's own container only.
  // Not std::ranges: clang 14, which builds the fuzz targets, cannot compile libstdc++'s subrange.
  std::stable_partition(hierarchies_.begin(), hierarchies_.end(),
                        [&](const Hierarchy& h) { return h.place.starts_with(sys_ + '/'); });
}

void CgroupLocator::add_usual_places() {
  const std::string top = sys_ + "/fs/cgroup/";
  if (exists(top + "cgroup.controllers")) {
    hierarchies_.push_back({true, {}, "/", top});
    return;
  }
  const std::pair<const char*, std::vector<std::string>> usual[] = {
      {"cpu,cpuacct", {"cpu", "cpuacct"}},
      {"cpu", {"cpu"}},
      {"cpuacct", {"cpuacct"}},
      {"memory", {"memory"}},
  };
  for (const auto& [name, controllers] : usual) {
    std::string place = top + name + '/';
    if (exists(place)) hierarchies_.push_back({false, controllers, "/", std::move(place)});
  }
  std::string unified = top + "unified/";
  if (exists(unified)) hierarchies_.push_back({true, {}, "/", std::move(unified)});
}

const CgroupLocator::Hierarchy* CgroupLocator::hierarchy_of(std::string_view controller) const {
  const Hierarchy* version2 = nullptr;
  for (const auto& hierarchy : hierarchies_) {
    if (contains(hierarchy.controllers, controller)) return &hierarchy;
    if (hierarchy.version2 && version2 == nullptr) version2 = &hierarchy;
  }
  return version2;
}

Result<CgroupDirs> CgroupLocator::find_by_pid(const std::string& id, std::int64_t pid,
                                              FileReader& reader) const {
  const std::string path = proc_ + std::to_string(pid) + "/cgroup";
  const auto text = reader.read(path);
  if (!text) return fail(text.error());
  auto memberships = parse_proc_cgroup(*text);
  if (!memberships) return fail(std::move(memberships.error()).with_context(path));
  const auto find_dir = [&](std::string_view controller) -> CgroupDir {
    const Hierarchy* const hierarchy = hierarchy_of(controller);
    if (hierarchy == nullptr) return {};
    for (const auto& membership : *memberships) {
      const bool same = hierarchy->version2 ? membership.controllers.empty()
                                            : contains(membership.controllers, controller);
      if (!same) continue;
      const auto rest = below(membership.path, hierarchy->root);
      const auto own = rest ? up_to_id(*rest, id) : std::string_view();
      if (own.empty()) return {};
      std::string dir = hierarchy->place + std::string(own.substr(1)) + '/';
      if (!exists(dir)) return {};
      return {std::move(dir), hierarchy->version2};
    }
    return {};
  };
  CgroupDirs dirs{find_dir("cpuacct"), find_dir("cpu"), find_dir("memory")};
  if (dirs.cpu_usage.path.empty()) {
    return fail(Errc::not_found, path + ": names no cgroup of this container that can be seen");
  }
  return dirs;
}

CgroupDir CgroupLocator::find_by_id(const Hierarchy& hierarchy, const std::string& id) const {
  const std::string usual[] = {"system.slice/docker-" + id + ".scope/", "docker/" + id + '/',
                               "machine.slice/libpod-" + id + ".scope/"};
  for (const auto& name : usual) {
    std::string path = hierarchy.place + name;
    if (exists(path)) return {std::move(path), hierarchy.version2};
  }
  return {search_tree(hierarchy.place, id), hierarchy.version2};
}

CgroupDirs CgroupLocator::find_by_id(const std::string& id) const {
  CgroupDirs dirs;
  const std::pair<const char*, CgroupDir*> wanted[] = {
      {"cpuacct", &dirs.cpu_usage}, {"cpu", &dirs.cpu_limit}, {"memory", &dirs.memory}};
  const Hierarchy* last = nullptr;
  const CgroupDir* last_dir = nullptr;
  for (const auto& [controller, target] : wanted) {
    const Hierarchy* const hierarchy = hierarchy_of(controller);
    if (hierarchy == nullptr) continue;
    *target = hierarchy == last ? *last_dir : find_by_id(*hierarchy, id);
    last = hierarchy;
    last_dir = target;
  }
  return dirs;
}

Result<CgroupDirs> CgroupLocator::find(const std::string& id, std::optional<std::int64_t> pid,
                                       FileReader& reader) {
  read_mounts(reader);
  if (hierarchies_.empty()) {
    return fail(Errc::not_found, sys_ + "/fs/cgroup: no cgroup hierarchy is mounted there");
  }
  Error error{Errc::not_found, "the engine gave no process id"};
  if (pid) {
    auto dirs = find_by_pid(id, *pid, reader);
    if (dirs) return dirs;
    error = std::move(dirs.error());
  }
  if (is_plain_id(id)) {
    CgroupDirs dirs = find_by_id(id);
    if (!dirs.cpu_usage.path.empty()) return dirs;
    error.message += fmt::format("; no directory below {} carries the id {}",
                                 hierarchies_.front().place, id.substr(0, 12));
  }
  return fail(std::move(error));
}

std::optional<std::string> CgroupLocator::memory_problem(FileReader& reader) {
  constexpr std::string_view kRemedy =
      "containers have no memory figures. Add \"cgroup_enable=memory\" (on a Raspberry Pi also "
      "\"cgroup_memory=1\", in /boot/firmware/cmdline.txt) to the kernel's command line, remove "
      "\"cgroup_disable=memory\" from it, and restart";
  if (hierarchies_.empty()) return std::nullopt;
  const Hierarchy* const hierarchy = hierarchy_of("memory");
  if (hierarchy == nullptr) {
    return fmt::format("memory accounting is off: no memory cgroup is mounted; {}", kRemedy);
  }
  if (!hierarchy->version2) return std::nullopt;
  const std::string path = hierarchy->place + "cgroup.controllers";
  auto text = reader.read(path);
  if (!text) return std::nullopt;
  std::string_view names = *text;
  while (!names.empty()) {
    const auto at = names.find_first_of(" \n");
    if (names.substr(0, at) == "memory") return std::nullopt;
    names.remove_prefix(at == std::string_view::npos ? names.size() : at + 1);
  }
  return fmt::format("memory accounting is off in this kernel ({} does not list it); {}", path,
                     kRemedy);
}

}  // namespace wakeful::collect::detail
