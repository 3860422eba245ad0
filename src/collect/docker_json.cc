#include "collect/docker_json.h"

#include <chrono>
#include <ctime>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/strings.h"
#include "collect/detail/values.h"

namespace wakeful::collect {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kShortIdLength = 12;

/// Parse with limits. The value lives in memory.
Result<json::value> parse_document(std::string_view text, std::size_t max_bytes,
                                   json::monotonic_resource& memory) {
  if (text.size() > max_bytes) {
    return fail(Errc::too_large,
                fmt::format("the engine's answer: expected at most {} bytes, got {}", max_bytes,
                            text.size()));
  }
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::stream_parser parser(&memory, options);
  const std::size_t parsed = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (!error && !trim(text.substr(parsed)).empty()) error = json::error::extra_data;
  if (error) {
    return fail(Errc::parse, fmt::format("the engine's answer: expected JSON, got something else "
                                         "at byte {} of {}: {}",
                                         parsed, text.size(), error.message()));
  }
  return parser.release();
}

std::string_view kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

auto wrong_kind(std::string_view where, std::string_view expected, const json::value& got) {
  return fail(Errc::invalid,
              fmt::format("{}: expected {}, got {}", where, expected, kind_name(got)));
}

std::string_view to_view(const json::string& text) { return {text.data(), text.size()}; }

/// A member of an object, or nullptr when it is absent or null: the engine writes both.
const json::value* find(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && !value->is_null() ? value : nullptr;
}

/// An object within an object; nullptr when absent.
Result<const json::object*> find_object(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) return wrong_kind(key, "an object", *value);
  return &value->get_object();
}

/// A text; empty when absent.
Result<std::string> find_text(const json::object& object, std::string_view key,
                              std::size_t max_bytes) {
  const json::value* value = find(object, key);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return wrong_kind(key, "a string", *value);
  return detail::clean_text(to_view(value->get_string()), max_bytes);
}

/// A whole number that fits; nullopt when absent.
template <class Integer>
Result<std::optional<Integer>> find_integer(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr) return std::optional<Integer>();
  json::error_code error;
  const auto number = value->to_number<Integer>(error);
  if (error) return wrong_kind(key, "a whole number in range", *value);
  return std::optional<Integer>(number);
}

/// The container's own name among those that links give it ("/web", "/proxy/web").
std::string_view choose_name(const json::array& names) {
  std::string_view chosen;
  for (const auto& value : names) {
    if (!value.is_string()) continue;
    auto name = to_view(value.get_string());
    if (name.starts_with('/')) name.remove_prefix(1);
    if (!name.empty() && (chosen.empty() || name.find('/') == std::string_view::npos)) {
      if (chosen.empty() || chosen.find('/') != std::string_view::npos) chosen = name;
    }
  }
  return chosen;
}

bool has_ended(model::ContainerState state) {
  using enum model::ContainerState;
  return state == exited || state == dead || state == restarting;
}

/// 137 of "Exited (137) 2 minutes ago".
std::optional<std::int64_t> exit_code_of(std::string_view status) {
  const auto open = status.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const auto close = status.find(')', open);
  if (close == std::string_view::npos) return std::nullopt;
  return parse_integer<std::int64_t>(status.substr(open + 1, close - open - 1));
}

model::ContainerState state_of(std::string_view word) {
  return model::find_container_state(word).value_or(model::ContainerState::unknown);
}

Result<EngineContainer> read_list_entry(const json::value& value) {
  if (!value.is_object()) return wrong_kind("entry", "an object", value);
  const json::object& object = value.get_object();
  EngineContainer entry;
  auto id = find_text(object, "Id", detail::kMaxNameBytes);
  if (!id) return fail(id.error());
  if (id->empty()) return fail(Errc::invalid, "Id: expected the container's id, got none");
  const json::value* names = find(object, "Names");
  if (names != nullptr && !names->is_array()) return wrong_kind("Names", "an array", *names);
  std::string_view name;
  if (names != nullptr) name = choose_name(names->get_array());
  if (name.empty()) name = std::string_view(*id).substr(0, kShortIdLength);
  auto image = find_text(object, "Image", detail::kMaxTextBytes);
  if (!image) return fail(image.error());
  const auto state = find_text(object, "State", detail::kMaxNameBytes);
  if (!state) return fail(state.error());
  auto status = find_text(object, "Status", detail::kMaxTextBytes);
  if (!status) return fail(status.error());

  model::Container& container = entry.container;
  container.name = detail::clean_text(name, detail::kMaxNameBytes);
  container.id = std::move(*id);
  container.engine = "docker";
  container.image = std::move(*image);
  container.state = state_of(*state);
  container.status_text = std::move(*status);
  if (has_ended(container.state)) container.exit_code = exit_code_of(container.status_text);
  return entry;
}

Result<void> merge_state(const json::object& state, EngineContainer& into) {
  const auto status = find_text(state, "Status", detail::kMaxNameBytes);
  if (!status) return fail(status.error());
  const auto pid = find_integer<std::int64_t>(state, "Pid");
  if (!pid) return fail(pid.error());
  const auto exit_code = find_integer<std::int64_t>(state, "ExitCode");
  if (!exit_code) return fail(exit_code.error());
  auto started_at = find_text(state, "StartedAt", detail::kMaxNameBytes);
  if (!started_at) return fail(started_at.error());

  model::Container& container = into.container;
  if (!status->empty()) container.state = state_of(*status);
  into.pid.reset();
  if (*pid && **pid > 0) into.pid = *pid;
  into.started_at = std::move(*started_at);
  container.exit_code.reset();
  if (has_ended(container.state)) container.exit_code = *exit_code;
  return {};
}

Result<void> merge_limits(const json::object& config, EngineContainer& into) {
  const auto memory = find_integer<std::int64_t>(config, "Memory");
  if (!memory) return fail(memory.error());
  const auto nano_cpus = find_integer<std::int64_t>(config, "NanoCpus");
  if (!nano_cpus) return fail(nano_cpus.error());
  const auto quota = find_integer<std::int64_t>(config, "CpuQuota");
  if (!quota) return fail(quota.error());
  const auto period = find_integer<std::int64_t>(config, "CpuPeriod");
  if (!period) return fail(period.error());

  constexpr double kNano = 1e9;
  constexpr std::int64_t kUsualPeriod = 100'000;  // microseconds, where only the quota is set
  into.memory_limit_bytes.reset();
  if (memory->value_or(0) > 0) into.memory_limit_bytes = *memory;
  into.cpu_limit_cores.reset();
  if (nano_cpus->value_or(0) > 0) {
    into.cpu_limit_cores = static_cast<double>(**nano_cpus) / kNano;
  } else if (quota->value_or(0) > 0) {
    const auto parts = period->value_or(0) > 0 ? **period : kUsualPeriod;
    into.cpu_limit_cores = static_cast<double>(**quota) / static_cast<double>(parts);
  }
  return {};
}

/// "2026-11-20T07:36:09.976821552Z" to the millisecond; nullopt for anything else and for the
/// engine's zero, the year 1.
std::optional<WallTime> parse_utc(std::string_view text) {
  constexpr std::size_t kSecondsLength = 19;
  constexpr unsigned kNone = 99'999;
  if (text.size() < kSecondsLength || text.back() != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    return parse_integer<unsigned>(text.substr(at, length)).value_or(kNone);
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)),
                                        std::chrono::day(number(8, 2))};
  const auto hour = number(11, 2);
  const auto minute = number(14, 2);
  const auto second = number(17, 2);
  if (!day.ok() || number(0, 4) < 1970 || number(0, 4) > 9999 || hour > 23 || minute > 59 ||
      second > 60) {
    return std::nullopt;
  }
  std::chrono::milliseconds fraction{0};
  if (text[kSecondsLength] == '.') {
    std::string digits(text.substr(kSecondsLength + 1, text.size() - kSecondsLength - 2));
    digits.resize(3, '0');
    fraction = std::chrono::milliseconds(parse_integer<unsigned>(digits).value_or(0));
  }
  return WallTime(std::chrono::sys_days(day)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction;
}

Result<void> read_cpu_stats(const json::object& cpu, EngineStats& into) {
  const auto usage = find_object(cpu, "cpu_usage");
  if (!usage) return fail(usage.error());
  if (*usage == nullptr) return {};
  const auto total = find_integer<std::uint64_t>(**usage, "total_usage");
  if (!total) return fail(total.error());
  if (total->value_or(0) > 0) into.cpu_usage_ns = *total;
  return {};
}

Result<void> read_memory_stats(const json::object& memory, EngineStats& into) {
  auto usage = find_integer<std::uint64_t>(memory, "usage");
  if (!usage) return fail(usage.error());
  auto limit = find_integer<std::uint64_t>(memory, "limit");
  if (!limit) return fail(limit.error());
  into.memory_usage_bytes = *usage;
  into.memory_limit_bytes = *limit;
  const auto details = find_object(memory, "stats");
  if (!details) return fail(details.error());
  if (*details == nullptr) return {};
  // total_inactive_file is version 1's name; there, inactive_file is without child cgroups.
  for (const char* key : {"total_inactive_file", "inactive_file"}) {
    const auto inactive = find_integer<std::uint64_t>(**details, key);
    if (!inactive) return fail(inactive.error());
    if (!*inactive) continue;
    into.memory_inactive_file_bytes = *inactive;
    break;
  }
  return {};
}

}  // namespace

Result<std::vector<EngineContainer>> parse_container_list(std::string_view text) {
  json::monotonic_resource memory;
  const auto document = parse_document(text, kMaxListBytes, memory);
  if (!document) return fail(document.error());
  if (document->is_object()) {
    const auto message =
        find_text(document->get_object(), "message", detail::kMaxTextBytes).value_or("");
    return fail(Errc::invalid, fmt::format("expected an array of containers, got the engine's "
                                           "message \"{}\"",
                                           message));
  }
  if (!document->is_array()) {
    return wrong_kind("the engine's answer", "an array of containers", *document);
  }
  const json::array& list = document->get_array();
  if (list.size() > kMaxContainers) {
    return fail(Errc::too_large,
                fmt::format("expected at most {} containers, got {}", kMaxContainers, list.size()));
  }
  std::vector<EngineContainer> containers;
  containers.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto entry = read_list_entry(list[i]);
    if (!entry) return fail(std::move(entry.error()).with_context(fmt::format("container {}", i)));
    containers.push_back(std::move(*entry));
  }
  return containers;
}

Result<void> merge_inspect(std::string_view text, EngineContainer& into) {
  json::monotonic_resource memory;
  const auto document = parse_document(text, kMaxOneBytes, memory);
  if (!document) return fail(document.error());
  if (!document->is_object()) return wrong_kind("the engine's answer", "an object", *document);
  const json::object& object = document->get_object();
  const auto id = find_text(object, "Id", detail::kMaxNameBytes);
  if (!id) return fail(id.error());
  if (*id != into.container.id) {
    return fail(Errc::invalid,
                fmt::format("Id: expected \"{}\", got \"{}\"", into.container.id, *id));
  }
  const auto state = find_object(object, "State");
  if (!state) return fail(state.error());
  const auto config = find_object(object, "HostConfig");
  if (!config) return fail(config.error());
  EngineContainer merged = into;
  if (*state != nullptr) {
    const auto done = merge_state(**state, merged);
    if (!done) return fail(Error(done.error()).with_context("State"));
  }
  if (*config != nullptr) {
    const auto done = merge_limits(**config, merged);
    if (!done) return fail(Error(done.error()).with_context("HostConfig"));
  }
  into = std::move(merged);
  return {};
}

Result<EngineStats> parse_stats(std::string_view text) {
  json::monotonic_resource memory;
  const auto document = parse_document(text, kMaxOneBytes, memory);
  if (!document) return fail(document.error());
  if (!document->is_object()) return wrong_kind("the engine's answer", "an object", *document);
  const json::object& object = document->get_object();
  EngineStats stats;
  const auto read_at = find_text(object, "read", detail::kMaxNameBytes);
  if (!read_at) return fail(read_at.error());
  stats.read_at = parse_utc(*read_at);
  const auto cpu = find_object(object, "cpu_stats");
  if (!cpu) return fail(cpu.error());
  const auto memory_stats = find_object(object, "memory_stats");
  if (!memory_stats) return fail(memory_stats.error());
  if (*cpu != nullptr) {
    const auto done = read_cpu_stats(**cpu, stats);
    if (!done) return fail(Error(done.error()).with_context("cpu_stats"));
  }
  if (*memory_stats != nullptr) {
    const auto done = read_memory_stats(**memory_stats, stats);
    if (!done) return fail(Error(done.error()).with_context("memory_stats"));
  }
  return stats;
}

}  // namespace wakeful::collect
