#include "server/report_key.h"

#include <cstring>
#include <limits>
#include <optional>

#include "auth/secret.h"
#include "base/strings.h"

namespace wakeful::server {
namespace {

std::uint64_t hash64(std::string_view text) {
  const std::string hash = auth::hash_secret(text);
  std::uint64_t number = 0;
  std::memcpy(&number, hash.data(), sizeof number);
  return number;
}

/// "YYYY-MM-DD HH:MM:SS" as if it were UTC: only sameness counts here.
std::optional<std::int64_t> wall_clock_second(std::string_view text) {
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' ||
      (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto part = [&](std::size_t at, std::size_t length) {
    return parse_integer<unsigned>(text.substr(at, length));
  };
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2);
  const auto hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::int64_t>(days) * 86'400 + *hour * 3'600 + *minute * 60 + *second;
}

}  // namespace

Result<store::ReportKey> native_key(const model::Report& report) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (report.sequence > kMax) {
    return fail(Errc::invalid, "sequence: expected a whole number up to " + std::to_string(kMax) +
                                   ", got " + std::to_string(report.sequence));
  }
  std::string identity = report.boot_id;
  identity += '\n';
  identity += report.agent_run;
  std::uint64_t source = hash64(identity);
  if (source == 0) source = 1;  // 0 stands for protocols without
  return store::ReportKey{source, static_cast<std::int64_t>(report.sequence)};
}

store::ReportKey collector_key(std::string_view time_text) {
  if (const auto second = wall_clock_second(trim(time_text))) return {0, *second};
  const auto positive = static_cast<std::int64_t>(hash64(time_text) >> 1);
  return {0, -positive - 1};
}

}  // namespace wakeful::server
