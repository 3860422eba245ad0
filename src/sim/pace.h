// sim/pace.h: simulated time: it begins in the past, runs faster, and never overtakes the present.
//
// Pure. Used by `wakeful demo`.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace wakeful::sim {

class Pace {
 public:
  /// begin  simulated time when it starts
  /// speed  simulated seconds a second, at least 1
  Pace(WallTime begin, double speed) : begin_(begin), speed_(speed) {}

  /// Simulated time so long after the start.
  WallTime at(Milliseconds since_start, WallTime now) const {
    const double simulated = static_cast<double>(since_start.count()) * speed_;
    // Beyond any present; the sum must not overflow.
    if (simulated > static_cast<double>((now - begin_).count())) return now;
    return std::min(now, begin_ + Milliseconds(static_cast<Milliseconds::rep>(simulated)));
  }
  /// How long, in real time, so much simulated time takes before the present is reached.
  Milliseconds real(Milliseconds simulated) const {
    return Milliseconds(
        static_cast<Milliseconds::rep>(static_cast<double>(simulated.count()) / speed_));
  }

 private:
  WallTime begin_;
  double speed_;
};

}  // namespace wakeful::sim
