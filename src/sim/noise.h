// sim/noise.h: chance that can be asked again: every number follows from a seed and a place.
//
// Pure. Nothing is drawn from a stream, so any moment of a simulated machine can be computed without
// those before it.
#pragma once

#include <cstdint>
#include <optional>

namespace wakeful::sim {

inline constexpr std::int64_t kSecond = 1'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

/// 64 bits that look random, the same for the same input.
/// source  the finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
///         generators, 2014)
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t seed, std::int64_t place) {
  return mix(seed ^ (static_cast<std::uint64_t>(place) * 0xd1342543de82ef95));
}

/// 0 to 1, without 1.
constexpr double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// -1 to 1, another one at every place.
constexpr double jitter(std::uint64_t seed, std::int64_t place) {
  return 2 * unit(mix(seed, place)) - 1;
}

constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((by - 1 - value) / by);
}

/// -1 to 1, changing smoothly: a new target every period.
constexpr double drift(std::uint64_t seed, std::int64_t ms, std::int64_t period_ms) {
  const std::int64_t step = floor_div(ms, period_ms);
  const double at = static_cast<double>(ms - step * period_ms) / static_cast<double>(period_ms);
  const double from = jitter(seed, step);
  return from + (jitter(seed, step + 1) - from) * at * at * (3 - 2 * at);
}

/// From Monday, 0, to Sunday, 6. 1970 began on a Thursday.
constexpr std::int64_t weekday(std::int64_t day) { return ((day + 3) % 7 + 7) % 7; }
constexpr bool is_weekend(std::int64_t day) { return weekday(day) >= 5; }

/// Something that happens on some days, then once: a reboot, a deployment, a crash.
struct Happening {
  std::uint64_t seed = 0;
  double chance = 0;           ///< on a day
  std::int64_t earliest = 0;   ///< ms of the day
  std::int64_t latest = kDay;  ///< ms of the day
  bool on_weekends = true;
  std::int64_t at_least_every = 60;  ///< days: so that there always is a last one

  /// The moment on this day, if there is one.
  constexpr std::optional<std::int64_t> on(std::int64_t day) const {
    const bool due = floor_div(day + static_cast<std::int64_t>(seed % 1'000), at_least_every) !=
                     floor_div(day - 1 + static_cast<std::int64_t>(seed % 1'000), at_least_every);
    const std::uint64_t bits = mix(seed, day);
    const bool by_chance = unit(bits) < chance && (on_weekends || !is_weekend(day));
    if (!due && !by_chance) return std::nullopt;
    return day * kDay + earliest +
           static_cast<std::int64_t>(unit(mix(bits)) * static_cast<double>(latest - earliest));
  }
  /// The last moment at or before a time.
  constexpr std::int64_t last(std::int64_t ms) const {
    std::int64_t day = floor_div(ms, kDay);
    for (;; --day) {
      if (const auto moment = on(day); moment && *moment <= ms) return *moment;
    }
  }
};

}  // namespace wakeful::sim
