#include "store/detail/block_check.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "model/metric.h"
#include "store/block_codec.h"

namespace wakeful::store::detail {
namespace {

std::optional<model::EntityKind> kind_of(const BlockRow& row) {
  for (const auto kind :
       {model::EntityKind::host, model::EntityKind::container, model::EntityKind::core}) {
    if (row.kind == static_cast<std::int64_t>(kind)) return kind;
  }
  return std::nullopt;
}

/// Whole seconds without their ".000".
std::string show_time(std::int64_t ms) {
  std::string text = format_utc(from_unix_ms(ms));
  if (text.ends_with(".000Z")) text.replace(text.size() - 5, 5, "Z");
  return text;
}

}  // namespace

std::string describe_block(const BlockRow& row) {
  std::string text = "server " + std::to_string(row.server) + ", block";
  if (const auto kind = kind_of(row); kind && *kind != model::EntityKind::host) {
    text += " of " + std::string(model::entity_kind_name(*kind)) + "s";
  }
  return text + " at " + show_time(row.first_ms);
}

Result<void> check_block(const BlockRow& row, const Period& period) {
  if (row.server < 1 || !kind_of(row)) {
    return fail(Errc::parse, "server " + std::to_string(row.server) + ", kind " +
                                 std::to_string(row.kind) + " is of no server and kind");
  }
  const auto block = decode_block(row.data);
  if (!block) return fail(Errc::parse, block.error().message);
  const auto& times = block->times_ms;
  if (times.empty() || static_cast<std::int64_t>(times.size()) != row.samples) {
    return fail(Errc::parse, "its row says " + std::to_string(row.samples) +
                                 " samples, and it has " + std::to_string(times.size()));
  }
  // A store keeps one sample a millisecond.
  const auto out_of_order = std::ranges::adjacent_find(times, std::greater_equal());
  if (out_of_order != times.end()) {
    return fail(Errc::parse, "its times do not ascend at " + show_time(*out_of_order));
  }
  if (times.front() != row.first_ms || times.back() != row.last_ms) {
    return fail(Errc::parse, "its row says " + show_time(row.first_ms) + " to " +
                                 show_time(row.last_ms) + ", and it has " +
                                 show_time(times.front()) + " to " + show_time(times.back()));
  }
  if (times.front() < period.first_ms || times.back() >= period.end_ms) {
    return fail(Errc::parse, "it has samples outside the time that the file is for");
  }
  return {};
}

}  // namespace wakeful::store::detail
