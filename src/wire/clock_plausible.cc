#include <array>
#include <chrono>
#include <optional>

#include "base/strings.h"
#include "wire/monitor_info.h"

namespace wakeful::wire {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kWesternmost{-12};
constexpr hours kEasternmost{14};
constexpr minutes kTolerance{5};

struct Written {
  std::chrono::sys_days day;
  int hour;
  seconds within_hour;
};

/// "YYYY-MM-DD HH:MM:SS", a date that exists.
std::optional<Written> read_written(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00 00:00:00";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto part = [&](std::size_t at, std::size_t length) {
    return *parse_integer<int>(text.substr(at, length));
  };
  const std::chrono::year_month_day date{std::chrono::year(part(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) return std::nullopt;
  return Written{date, part(11, 2), minutes(part(14, 2)) + seconds(part(17, 2))};
}

/// Whether a local time can be the receive time in some whole-hour zone.
bool some_zone_fits(std::chrono::sys_seconds local, WallTime received) {
  for (auto zone = kWesternmost; zone <= kEasternmost; ++zone) {
    const auto difference = local - zone - received;
    if (difference <= kTolerance && difference >= -kTolerance) return true;
  }
  return false;
}

}  // namespace

bool clock_plausible(std::string_view time_text, WallTime received) {
  const auto written = read_written(time_text);
  if (!written) return false;
  const auto at_hour = [&](int hour) {
    return some_zone_fits(written->day + hours(hour) + written->within_hour, received);
  };
  if (at_hour(written->hour)) return true;
  if (written->hour < 1 || written->hour > 12) return false;  // no 12-hour clock shows it
  return at_hour(written->hour % 12) || at_hour(written->hour % 12 + 12);
}

}  // namespace wakeful::wire
