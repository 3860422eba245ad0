// base/clock.h: time as a parameter, so that every rule about time can be tested without waiting.
//
// Stamps use wall time (milliseconds since 1970, UTC); intervals and rates use monotonic time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wakeful {

using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual MonoTime mono_now() const = 0;
};

/// The machine's own clocks. Callable from any thread.
class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override;
  MonoTime mono_now() const override;
};

inline std::int64_t to_unix_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_unix_ms(std::int64_t ms) { return WallTime(Milliseconds(ms)); }

/// "2026-11-20T07:12:25.123Z"
std::string format_utc(WallTime time);

}  // namespace wakeful
