// collect/memory.cc: memory and swap of the host.
//
// Source: /proc/meminfo. Cost: one read. Privileges: none.
#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/values.h"
#include "collect/meminfo.h"

namespace wakeful::collect {
namespace {

Result<std::uint64_t> parse_kib(std::string_view key, std::string_view rest) {
  const auto word = next_word(rest);
  const auto kib = parse_integer<std::uint64_t>(word);
  if (!kib || *kib > std::numeric_limits<std::uint64_t>::max() / 1024) {
    return fail(detail::unexpected(key, "a whole number of kB", word));
  }
  return *kib * 1024;
}

}  // namespace

Result<MemInfo> parse_meminfo(std::string_view text) {
  MemInfo info;
  std::optional<std::uint64_t> total;
  const struct {
    std::string_view key;
    std::optional<std::uint64_t>* target;
  } wanted[] = {
      {"MemTotal", &total},
      {"MemAvailable", &info.available_bytes},
      {"MemFree", &info.free_bytes},
      {"Buffers", &info.buffers_bytes},
      {"Cached", &info.cached_bytes},
      {"Shmem", &info.shared_bytes},
      {"SwapTotal", &info.swap_total_bytes},
      {"SwapFree", &info.swap_free_bytes},
  };
  while (const auto line = next_line(text)) {
    const auto colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = line->substr(0, colon);
    const auto* found = std::ranges::find_if(wanted, [&](const auto& w) { return w.key == key; });
    if (found == std::end(wanted)) continue;
    const auto bytes = parse_kib(key, line->substr(colon + 1));
    if (!bytes) return fail(bytes.error());
    *found->target = *bytes;
  }
  if (!total) return fail(Errc::parse, "expected a line \"MemTotal: … kB\", found none");
  info.total_bytes = *total;
  return info;
}

std::optional<std::uint64_t> available_bytes(const MemInfo& info) {
  if (info.available_bytes) return std::min(*info.available_bytes, info.total_bytes);
  if (!info.free_bytes) return std::nullopt;
  const double sum = static_cast<double>(*info.free_bytes) +
                     static_cast<double>(info.buffers_bytes.value_or(0)) +
                     static_cast<double>(info.cached_bytes.value_or(0)) -
                     static_cast<double>(info.shared_bytes.value_or(0));
  if (sum <= 0) return 0;
  if (sum >= static_cast<double>(info.total_bytes)) return info.total_bytes;
  return static_cast<std::uint64_t>(sum);
}

namespace {

class MemoryCollector final : public Collector {
 public:
  explicit MemoryCollector(const Context& context)
      : path_((context.proc_root / "meminfo").string()) {}

  Result<void> collect(model::Report& report) override {
    const auto text = reader_.read(path_);
    if (!text) return fail(text.error());
    auto info = parse_meminfo(*text);
    if (!info) return fail(std::move(info.error()).with_context(path_));
    const auto add = [&](model::Metric metric, std::uint64_t bytes) {
      detail::add_value(report.metrics, metric, static_cast<double>(bytes));
    };
    add(model::Metric::host_memory_total_bytes, info->total_bytes);
    if (const auto available = available_bytes(*info)) {
      add(model::Metric::host_memory_available_bytes, *available);
      add(model::Metric::host_memory_used_bytes, info->total_bytes - *available);
    }
    if (info->swap_total_bytes && info->swap_free_bytes) {
      add(model::Metric::host_swap_total_bytes, *info->swap_total_bytes);
      add(model::Metric::host_swap_used_bytes,
          *info->swap_total_bytes - std::min(*info->swap_free_bytes, *info->swap_total_bytes));
    }
    return {};
  }

 private:
  std::string path_;
  detail::FileReader reader_;
};

}  // namespace

Result<std::unique_ptr<Collector>> make_memory(const Context& context) {
  return std::make_unique<MemoryCollector>(context);
}

}  // namespace wakeful::collect
