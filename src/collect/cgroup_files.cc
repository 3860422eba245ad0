#include "collect/cgroup_files.h"

#include "base/strings.h"
#include "collect/detail/values.h"

namespace wakeful::collect {
namespace {

/// Version 1 prints "no limit" as the largest multiple of the page size below 2^63, for any page
/// size; nobody has this much memory.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (const auto name : split(text, ',')) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// mountinfo writes blanks and backslashes as \040 and so on.
std::string decode_octal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(code & 0xff);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<std::optional<double>> quota_in_cores(std::string_view quota, std::string_view period) {
  const auto quota_us = parse_integer<std::int64_t>(quota);
  const auto period_us = parse_integer<std::int64_t>(period);
  if (!quota_us || *quota_us == 0) {
    return fail(detail::unexpected("CPU quota", "microseconds from 1, or -1", quota));
  }
  if (*quota_us < 0) return std::optional<double>();
  if (!period_us || *period_us <= 0) {
    return fail(detail::unexpected("CPU quota's period", "microseconds from 1", period));
  }
  return std::optional(static_cast<double>(*quota_us) / static_cast<double>(*period_us));
}

}  // namespace

Result<std::vector<CgroupMembership>> parse_proc_cgroup(std::string_view text) {
  std::vector<CgroupMembership> memberships;
  while (const auto line = next_line(text)) {
    if (line->empty()) continue;
    const auto first = line->find(':');
    const auto second = first == std::string_view::npos ? first : line->find(':', first + 1);
    if (second == std::string_view::npos || !line->substr(second + 1).starts_with('/')) {
      return fail(detail::unexpected("cgroup line", "id:controllers:/path", *line));
    }
    memberships.push_back({split_names(line->substr(first + 1, second - first - 1)),
                           std::string(line->substr(second + 1))});
  }
  return memberships;
}

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text) {
  std::vector<CgroupMount> mounts;
  while (const auto line = next_line(text)) {
    // 31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    const auto separator = line->find(" - ");
    if (separator == std::string_view::npos) continue;
    auto tail = line->substr(separator + 3);
    const auto type = next_word(tail);
    if (type != "cgroup" && type != "cgroup2") continue;
    next_word(tail);  // source
    auto head = line->substr(0, separator);
    for (int i = 0; i < 3; ++i) next_word(head);
    CgroupMount mount;
    mount.version2 = type == "cgroup2";
    mount.root = decode_octal(next_word(head));
    mount.mount_point = decode_octal(next_word(head));
    if (!mount.version2) mount.controllers = split_names(next_word(tail));
    if (mount.mount_point.starts_with('/')) mounts.push_back(std::move(mount));
  }
  return mounts;
}

Result<std::optional<std::uint64_t>> find_flat_key(std::string_view text, std::string_view key) {
  while (auto line = next_line(text)) {
    if (!line->starts_with(key) || line->size() == key.size() || (*line)[key.size()] != ' ') {
      continue;
    }
    const auto value = trim(line->substr(key.size()));
    const auto number = parse_integer<std::uint64_t>(value);
    if (!number) return fail(detail::unexpected(key, "a whole number", value));
    return std::optional(*number);
  }
  return std::optional<std::uint64_t>();
}

Result<std::uint64_t> parse_single_number(std::string_view text) {
  const auto number = parse_integer<std::uint64_t>(trim(text));
  if (!number) return fail(detail::unexpected("value", "a whole number", text));
  return *number;
}

Result<std::optional<std::uint64_t>> parse_memory_limit(std::string_view text) {
  if (trim(text) == "max") return std::optional<std::uint64_t>();
  const auto number = parse_integer<std::uint64_t>(trim(text));
  if (!number) return fail(detail::unexpected("memory limit", "bytes or \"max\"", text));
  if (*number >= kNoLimit) return std::optional<std::uint64_t>();
  return std::optional(*number);
}

Result<std::optional<double>> parse_cpu_max(std::string_view text) {
  const auto quota = next_word(text);
  if (quota == "max") return std::optional<double>();
  const auto period = next_word(text);
  return quota_in_cores(quota, period.empty() ? "100000" : period);
}

Result<std::optional<double>> parse_cfs_limit(std::string_view quota, std::string_view period) {
  return quota_in_cores(trim(quota), trim(period));
}

}  // namespace wakeful::collect
