#include "cli/moment.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/settings.h"
#include "base/strings.h"

namespace wakeful::cli {
namespace {

/// Exactly so many digits off the front of text.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), is_digit)) {
    return std::nullopt;
  }
  const auto number = parse_integer<int>(text.substr(0, digits));
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<WallTime> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date));
}

/// "10:30", "10:30:15" or "10:30:15.123", to the end of text.
std::optional<Milliseconds> take_time(std::string_view text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  Milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (take(text, ':')) {
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    time += std::chrono::seconds(*second);
    if (take(text, '.')) {
      const auto ms = take_number(text, 3);
      if (!ms) return std::nullopt;
      time += Milliseconds(*ms);
    }
  }
  if (!text.empty()) return std::nullopt;
  return time;
}

std::optional<WallTime> parse_point(std::string_view text) {
  const auto date = take_date(text);
  if (!date || text.empty()) return date;
  if (!take(text, 'T')) return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  return *date + *time;
}

}  // namespace

Result<WallTime> parse_moment(std::string_view text, WallTime now) {
  if (const auto point = parse_point(text)) return *point;
  if (const auto ago = parse_duration(text)) {
    // What is longer ago than anything is everything.
    return now - std::min<Milliseconds>(*ago, now.time_since_epoch());
  }
  return fail(Errc::invalid,
              "expected a time in UTC such as 2026-11-01 or 2026-11-01T10:30:00Z, or how long ago "
              "such as 7d, got \"" +
                  shorten(text, 40) + "\"");
}

}  // namespace wakeful::cli
