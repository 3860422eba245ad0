// sim/day_plan.h: when a machine is there on one day: boots, nights off, sleep, lost connections.
//
// Pure. Used by machine.h, which asks once a simulated day.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/kind.h"

namespace wakeful::sim {

/// From begin up to but not including end, in milliseconds of local time.
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool contains(std::int64_t ms) const { return begin <= ms && ms < end; }
};

struct Login {
  std::string_view name;
  Span span;
};

struct DayPlan {
  std::int64_t day = INT64_MIN;
  std::vector<Span> away;      ///< no report comes: it is off, asleep, or cannot be reached
  std::vector<Span> boots;     ///< down from begin, booted at end; at most one
  std::int64_t last_boot = 0;  ///< before those of this day
  std::vector<Login> logins;

  bool is_away(std::int64_t ms) const;
  /// The boot that is in force at a moment of the day.
  std::int64_t boot_at(std::int64_t ms) const;
};

/// The plan of a day; the same for the same machine and day.
DayPlan plan_day(MachineKind kind, std::uint64_t seed, std::int64_t day);

}  // namespace wakeful::sim
