// collect/containers.cc: CPU and memory of containers from their cgroup files.
//
// Source: version 2: cpu.stat, cpu.max, memory.current, memory.stat, memory.max; version 1:
// cpuacct.usage, cpu.cfs_{quota,period}_us, memory.{usage,limit}_in_bytes, memory.stat. Memory used
// is without inactive file cache, as `docker stats` shows it. Cost: three small reads per
// container, limits every 10 s. Privileges: none as a rule; hardened hosts may hide the files.
#include "collect/containers.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "collect/cgroup_files.h"
#include "collect/detail/cgroup_locator.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/online_cpus.h"
#include "collect/detail/values.h"

namespace wakeful::collect {
namespace {

using detail::CgroupDir;
using detail::FileReader;
using std::chrono::nanoseconds;

constexpr auto kSearchAgain = std::chrono::seconds(30);
constexpr auto kLimitsRefresh = std::chrono::seconds(10);
constexpr int kMissesToTell = 2;  // one may be a container that just ended

/// CPU time at one moment of one source's clock.
struct CpuReading {
  enum class Source { cgroup, engine_clock, our_clock };
  Source source = Source::cgroup;
  std::uint64_t usage_ns = 0;
  nanoseconds at{};
};

/// What is kept of a container from one report to the next.
struct Known {
  std::optional<std::int64_t> pid;
  std::string started_at;
  std::optional<detail::CgroupDirs> dirs;
  std::optional<MonoTime> searched_at;  ///< in vain
  std::optional<Error> search_error;
  int misses = 0;
  std::optional<CpuReading> cpu;
  std::optional<MonoTime> limits_at;
  std::optional<std::uint64_t> memory_limit_bytes;
  std::optional<double> cpu_limit_cores;
  bool limits_from_files = false;
  std::uint64_t generation = 0;
};

bool is_alive(model::ContainerState state) {
  return state == model::ContainerState::running || state == model::ContainerState::paused;
}

std::uint64_t saturating_multiply(std::uint64_t value, std::uint64_t factor) {
  if (value > std::numeric_limits<std::uint64_t>::max() / factor) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return value * factor;
}

std::uint64_t saturating_subtract(std::uint64_t value, std::uint64_t part) {
  return value - std::min(value, part);
}

Result<std::uint64_t> read_number(const std::string& path, FileReader& reader) {
  const auto text = reader.read_piece(path);
  if (!text) return fail(text.error());
  auto number = parse_single_number(*text);
  if (!number) return fail(std::move(number.error()).with_context(path));
  return number;
}

Result<std::uint64_t> read_key(const std::string& path, std::string_view key, FileReader& reader) {
  const auto text = reader.read_piece(path);
  if (!text) return fail(text.error());
  auto number = find_flat_key(*text, key);
  if (!number) return fail(std::move(number.error()).with_context(path));
  if (!*number) return fail(Errc::parse, fmt::format("{}: expected a line \"{} …\"", path, key));
  return **number;
}

Result<std::uint64_t> read_cpu_usage_ns(const CgroupDir& dir, FileReader& reader) {
  if (!dir.version2) return read_number(dir.path + "cpuacct.usage", reader);
  const auto microseconds = read_key(dir.path + "cpu.stat", "usage_usec", reader);
  if (!microseconds) return fail(microseconds.error());
  return saturating_multiply(*microseconds, 1000);
}

Result<std::uint64_t> read_memory_used(const CgroupDir& dir, FileReader& reader) {
  if (dir.path.empty()) return fail(Errc::not_found, "no memory cgroup");
  const auto usage =
      read_number(dir.path + (dir.version2 ? "memory.current" : "memory.usage_in_bytes"), reader);
  if (!usage) return fail(usage.error());
  const auto inactive = read_key(dir.path + "memory.stat",
                                 dir.version2 ? "inactive_file" : "total_inactive_file", reader);
  if (!inactive) return fail(inactive.error());
  return saturating_subtract(*usage, *inactive);
}

/// nullopt: the file is not there or not readable; an inner nullopt: no limit.
std::optional<std::optional<std::uint64_t>> read_memory_limit(const CgroupDir& dir,
                                                              FileReader& reader) {
  if (dir.path.empty()) return std::nullopt;
  const auto text =
      reader.read_piece(dir.path + (dir.version2 ? "memory.max" : "memory.limit_in_bytes"));
  if (!text) return std::nullopt;
  const auto limit = parse_memory_limit(*text);
  if (!limit) return std::nullopt;
  return *limit;
}

std::optional<std::optional<double>> read_cpu_limit(const CgroupDir& dir, FileReader& reader) {
  if (dir.path.empty()) return std::nullopt;
  const auto text = reader.read_piece(dir.path + (dir.version2 ? "cpu.max" : "cpu.cfs_quota_us"));
  if (!text) return std::nullopt;
  if (dir.version2) {
    const auto limit = parse_cpu_max(*text);
    if (!limit) return std::nullopt;
    return *limit;
  }
  const std::string quota(*text);  // the next read reuses the buffer
  const auto period = reader.read_piece(dir.path + "cpu.cfs_period_us");
  if (!period) return std::nullopt;
  const auto limit = parse_cfs_limit(quota, *period);
  if (!limit) return std::nullopt;
  return *limit;
}

}  // namespace

std::optional<double> container_cpu_ratio(std::uint64_t before_ns, std::uint64_t now_ns,
                                          nanoseconds elapsed, std::int64_t cpu_count) {
  constexpr double kMostBelievable = 1.05;  // the two clocks are not read at the same moment
  if (now_ns < before_ns || elapsed <= nanoseconds::zero() || cpu_count <= 0) return std::nullopt;
  const double ratio = static_cast<double>(now_ns - before_ns) /
                       (static_cast<double>(elapsed.count()) * static_cast<double>(cpu_count));
  if (ratio > kMostBelievable) return std::nullopt;
  return std::min(ratio, 1.0);
}

struct ContainerFigures::Impl {
  explicit Impl(const Context& with) : context(with), locator(with) {}

  /// What went wrong in one report, most telling first.
  struct Trouble {
    std::optional<Error> denied;
    std::string hidden_name;
    std::optional<Error> hidden;
    int hidden_count = 0;
    std::string without_memory;  ///< name of a container
  };

  Context context;
  FileReader reader;
  detail::CgroupLocator locator;
  std::map<std::string, Known> known;
  std::uint64_t generation = 0;
  std::int64_t cpu_count = 0;
  std::optional<double> host_memory_bytes;
  Trouble trouble;

  Known& recall(const EngineContainer& entry) {
    Known& one = known[entry.container.id];
    const bool other_pid = one.pid && entry.pid && *one.pid != *entry.pid;
    const bool other_start =
        !one.started_at.empty() && !entry.started_at.empty() && one.started_at != entry.started_at;
    if (other_pid || other_start) one = Known{};
    if (entry.pid) one.pid = entry.pid;
    if (!entry.started_at.empty()) one.started_at = entry.started_at;
    one.generation = generation;
    return one;
  }

  Result<void> locate(const std::string& id, Known& one) {
    const auto now = context.clock->mono_now();
    if (one.searched_at && now - *one.searched_at < kSearchAgain) {
      return fail(*one.search_error);
    }
    auto found = locator.find(id, one.pid, reader);
    if (!found) {
      one.searched_at = now;
      one.search_error = found.error();
      return fail(std::move(found.error()));
    }
    one.dirs = std::move(*found);
    one.searched_at.reset();
    return {};
  }

  /// CPU time, found anew once when the directory that was known is gone.
  Result<std::uint64_t> read_usage(const std::string& id, Known& one) {
    if (one.dirs) {
      auto usage = read_cpu_usage_ns(one.dirs->cpu_usage, reader);
      if (usage || usage.error().code != Errc::not_found) return usage;
      one.dirs.reset();
    }
    const auto located = locate(id, one);
    if (!located) return fail(located.error());
    return read_cpu_usage_ns(one.dirs->cpu_usage, reader);
  }

  void add_cpu(Known& one, const CpuReading& now, std::vector<model::MetricValue>& to) const {
    constexpr auto kShortest = std::chrono::milliseconds(10);
    if (one.cpu && one.cpu->source == now.source && now.usage_ns >= one.cpu->usage_ns) {
      const auto elapsed = now.at - one.cpu->at;
      if (elapsed >= nanoseconds::zero() && elapsed < kShortest) return;  // keep the older one
      const auto ratio = container_cpu_ratio(one.cpu->usage_ns, now.usage_ns, elapsed, cpu_count);
      if (ratio) detail::add_value(to, model::Metric::container_cpu_ratio, *ratio);
    }
    one.cpu = now;
  }

  void refresh_limits(const EngineContainer& entry, Known& one) {
    const auto now = context.clock->mono_now();
    if (one.limits_from_files && now - *one.limits_at < kLimitsRefresh) return;
    one.limits_at = now;
    one.limits_from_files = one.dirs.has_value();
    one.memory_limit_bytes.reset();
    if (entry.memory_limit_bytes && *entry.memory_limit_bytes > 0) {
      one.memory_limit_bytes = static_cast<std::uint64_t>(*entry.memory_limit_bytes);
    }
    one.cpu_limit_cores = entry.cpu_limit_cores;
    if (!one.dirs) return;
    if (const auto limit = read_memory_limit(one.dirs->memory, reader)) {
      one.memory_limit_bytes = *limit;
    }
    if (const auto limit = read_cpu_limit(one.dirs->cpu_limit, reader)) {
      one.cpu_limit_cores = *limit;
    }
  }

  void add_limits(const Known& one, std::vector<model::MetricValue>& to) const {
    if (one.memory_limit_bytes) {
      detail::add_value(to, model::Metric::container_memory_limit_bytes,
                        static_cast<double>(*one.memory_limit_bytes));
    }
    if (one.cpu_limit_cores && *one.cpu_limit_cores > 0) {
      detail::add_value(to, model::Metric::container_cpu_limit_cores, *one.cpu_limit_cores);
    }
  }

  void add_stats_cpu(Known& one, const EngineStats& stats, std::vector<model::MetricValue>& to) {
    if (!stats.cpu_usage_ns) return;
    CpuReading now;
    now.usage_ns = *stats.cpu_usage_ns;
    now.source = stats.read_at ? CpuReading::Source::engine_clock : CpuReading::Source::our_clock;
    now.at = stats.read_at ? nanoseconds(stats.read_at->time_since_epoch())
                           : nanoseconds(context.clock->mono_now().time_since_epoch());
    add_cpu(one, now, to);
  }

  void add_stats_memory(Known& one, const EngineStats& stats,
                        std::vector<model::MetricValue>& to) const {
    if (!stats.memory_usage_bytes) return;
    const auto used = saturating_subtract(*stats.memory_usage_bytes,
                                          stats.memory_inactive_file_bytes.value_or(0));
    detail::add_value(to, model::Metric::container_memory_used_bytes, static_cast<double>(used));
    // Without a limit the engine gives the host's memory as one.
    if (!one.memory_limit_bytes && stats.memory_limit_bytes && host_memory_bytes &&
        static_cast<double>(*stats.memory_limit_bytes) < *host_memory_bytes) {
      one.memory_limit_bytes = *stats.memory_limit_bytes;
    }
  }

  void note_miss(const std::string& name, const Error& error, Known& one) {
    ++one.misses;
    if (error.code == Errc::denied) {
      if (!trouble.denied) trouble.denied = error;
    } else if (one.misses >= kMissesToTell) {
      if (trouble.hidden_count++ == 0) {
        trouble.hidden = error;
        trouble.hidden_name = name;
      }
    }
  }

  /// Fill the figures of one. False when its cgroup files cannot be read.
  bool read_figures(const EngineContainer& entry, const EngineStats* stats,
                    std::vector<model::MetricValue>& to) {
    Known& one = recall(entry);
    bool readable = true;
    const auto usage = read_usage(entry.container.id, one);
    if (usage) {
      one.misses = 0;
      const auto now = context.clock->mono_now().time_since_epoch();
      add_cpu(one, {CpuReading::Source::cgroup, *usage, now}, to);
    } else {
      readable = false;
      note_miss(entry.container.name, usage.error(), one);
      if (stats != nullptr) add_stats_cpu(one, *stats, to);
    }
    refresh_limits(entry, one);
    Result<std::uint64_t> used = fail(Errc::not_found, "");
    if (one.dirs) used = read_memory_used(one.dirs->memory, reader);
    if (used) {
      detail::add_value(to, model::Metric::container_memory_used_bytes, static_cast<double>(*used));
    } else if (one.dirs && used.error().code == Errc::not_found && usage) {
      trouble.without_memory = entry.container.name;
    } else {
      if (one.dirs && usage) note_miss(entry.container.name, used.error(), one);
      readable = false;
      if (stats != nullptr) add_stats_memory(one, *stats, to);
    }
    add_limits(one, to);
    return readable;
  }

  void add_problem(model::Report& report) {
    constexpr std::string_view kInstead = "The engine's slower stats answers are used instead.";
    model::SourceProblem problem;
    problem.source = "containers";
    if (trouble.denied) {
      problem.code = Errc::denied;
      problem.message = fmt::format("{}. Let the agent's user read the cgroup files. {}",
                                    trouble.denied->message, kInstead);
    } else if (trouble.hidden) {
      problem.code = trouble.hidden->code;
      problem.message = fmt::format(
          "the cgroup files of {} containers cannot be read (\"{}\": {}). An agent in a container "
          "needs the host's /proc and /sys (--proc-root, --sys-root). {}",
          trouble.hidden_count, trouble.hidden_name, trouble.hidden->message, kInstead);
    } else if (!trouble.without_memory.empty()) {
      problem.code = Errc::unsupported;
      problem.message = locator.memory_problem(reader).value_or(
          fmt::format("the memory controller is not switched on for the cgroup of \"{}\": it has "
                      "no memory figures. Its parent's cgroup.subtree_control must list memory",
                      trouble.without_memory));
    } else {
      return;
    }
    problem.message = detail::clean_text(problem.message, detail::kMaxTextBytes);
    report.problems.push_back(std::move(problem));
  }
};

ContainerFigures::ContainerFigures(const Context& context)
    : impl_(std::make_unique<Impl>(context)) {
  WAKEFUL_CHECK(context.clock != nullptr);
}

ContainerFigures::~ContainerFigures() = default;

std::vector<std::string> ContainerFigures::add_to(model::Report& report,
                                                  const std::vector<EngineContainer>& containers,
                                                  const std::map<std::string, EngineStats>& stats) {
  Impl& impl = *impl_;
  ++impl.generation;
  impl.trouble = {};
  impl.cpu_count = report.facts.cpu_count;
  if (impl.cpu_count <= 0) impl.cpu_count = detail::count_online_cpus(impl.context, impl.reader);
  impl.host_memory_bytes =
      model::find_value(report.metrics, model::Metric::host_memory_total_bytes);
  if (!report.containers) report.containers.emplace();
  report.containers->reserve(report.containers->size() + containers.size());

  std::vector<std::string> unreadable;
  for (const auto& entry : containers) {
    model::Container& out = report.containers->emplace_back(entry.container);
    out.metrics.clear();
    if (!is_alive(out.state)) continue;
    const auto found = stats.find(out.id);
    const EngineStats* const fallback = found == stats.end() ? nullptr : &found->second;
    if (!impl.read_figures(entry, fallback, out.metrics)) unreadable.push_back(out.id);
  }
  std::erase_if(impl.known,
                [&](const auto& item) { return item.second.generation != impl.generation; });
  impl.add_problem(report);
  return unreadable;
}

}  // namespace wakeful::collect
