// server/clock_skew.h: what to do about an agent whose clock differs from ours. docs/protocol.md
// §1.
//
// Pure. Used by native_receiver.cc on the loop's thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "model/report.h"

namespace wakeful::server {

/// Up to this difference the agent's times are taken as they are.
inline constexpr Milliseconds kTolerableSkew{2'000};
/// Over this one the owner is told.
inline constexpr Milliseconds kSkewWarning{std::chrono::minutes(5)};

struct ClockSkew {
  Milliseconds measured{0};    ///< the server's clock minus the agent's
  Milliseconds correction{0};  ///< to be added to the agent's times; 0 within the tolerance
  bool warn = false;

  /// The corrected time of a sample.
  WallTime correct(WallTime time) const { return time + correction; }
};

/// Measure the difference. sent is the agent's clock when it sent the request, where it says so;
/// else the newest report's time stands for it, which is right only when nothing was spooled.
ClockSkew measure_skew(std::span<const model::Report> reports, std::optional<WallTime> sent,
                       WallTime received);

/// For people: "the agent's clock is 3 h behind the server's; …".
std::string skew_warning(const ClockSkew& skew);

/// "3 h 20 min", "7 min", "45 s": for messages; never negative.
std::string rough_duration(Milliseconds duration);

}  // namespace wakeful::server
