#include "base/clock.h"

#include <ctime>

#include <fmt/format.h>

namespace wakeful {

WallTime SystemClock::wall_now() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

MonoTime SystemClock::mono_now() const { return std::chrono::steady_clock::now(); }

std::string format_utc(WallTime time) {
  const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = whole_seconds.time_since_epoch().count();
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) {
    return fmt::format("{} ms after 1970", to_unix_ms(time));  // beyond the year 2^31
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (time - whole_seconds).count());
}

}  // namespace wakeful
