#include "server/clock_skew.h"

#include <algorithm>

namespace wakeful::server {

ClockSkew measure_skew(std::span<const model::Report> reports, std::optional<WallTime> sent,
                       WallTime received) {
  if (!sent) {
    for (const model::Report& report : reports) {
      if (report.time && (!sent || *report.time > *sent)) sent = report.time;
    }
  }
  ClockSkew skew;
  if (!sent) return skew;
  skew.measured = received - *sent;
  const Milliseconds distance = std::chrono::abs(skew.measured);
  if (distance > kTolerableSkew) skew.correction = skew.measured;
  skew.warn = distance > kSkewWarning;
  return skew;
}

std::string rough_duration(Milliseconds duration) {
  using namespace std::chrono;
  duration = std::max(duration, Milliseconds{0});
  const auto two = [](auto big, std::string_view big_unit, auto small,
                      std::string_view small_unit) {
    std::string text = std::to_string(big) + " " + std::string(big_unit);
    if (small != 0) text += " " + std::to_string(small) + " " + std::string(small_unit);
    return text;
  };
  const auto total_minutes = duration_cast<minutes>(duration).count();
  if (duration < minutes(2)) return std::to_string(duration_cast<seconds>(duration).count()) + " s";
  if (duration < hours(1)) return std::to_string(total_minutes) + " min";
  if (duration < hours(48)) return two(total_minutes / 60, "h", total_minutes % 60, "min");
  return two(total_minutes / 1440, "days", total_minutes % 1440 / 60, "h");
}

std::string skew_warning(const ClockSkew& skew) {
  const bool behind = skew.measured > Milliseconds{0};
  return "the agent's clock is " + rough_duration(std::chrono::abs(skew.measured)) +
         (behind ? " behind" : " ahead of") +
         " the server's; sample times are corrected. Set the clock right (NTP) on whichever is "
         "wrong.";
}

}  // namespace wakeful::server
