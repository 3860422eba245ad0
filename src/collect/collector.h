// collect/collector.h: the sources of a report. One file per source; collectors.def is the index.
//
// A collector reads /proc, /sys or another file tree below Context's roots, never a network, never
// a child process, and adds what it found to the report. Previous values (for rates) live in the
// object. Not thread-safe: one thread owns all collectors. Adding one: docs/adding-a-collector.md.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/report.h"

namespace wakeful::collect {

/// Where and when to read.
struct Context {
  std::filesystem::path proc_root = "/proc";
  std::filesystem::path sys_root = "/sys";
  /// Root of everything else: /etc/os-release, /run/utmp, /run/systemd.
  std::filesystem::path file_root = "/";
  const Clock* clock = nullptr;  ///< never null once collectors are made
};

class Collector {
 public:
  virtual ~Collector() = default;
  /// Add this source's values to the report. A value that cannot be read is left out.
  /// errors  become the report's problem entry for this source (no_data: silently nothing)
  virtual Result<void> collect(model::Report& report) = 0;
};

struct Entry {
  std::string_view name;
  /// errors  unsupported: this machine has no such source: told once, never tried again
  Result<std::unique_ptr<Collector>> (*make)(const Context&);
};
/// In the order of collectors.def.
std::span<const Entry> all_collectors();

#define WAKEFUL_COLLECTOR(name) Result<std::unique_ptr<Collector>> make_##name(const Context&);
#include "collect/collectors.def"
#undef WAKEFUL_COLLECTOR

}  // namespace wakeful::collect
