// tests/support/fake_clock.h: a clock that stands still until a test moves it.
#pragma once

#include "base/clock.h"

namespace wakeful::test {

class FakeClock final : public Clock {
 public:
  WallTime wall_now() const override { return wall_; }
  MonoTime mono_now() const override { return mono_; }
  /// Both clocks move.
  void advance(Milliseconds step) {
    wall_ += step;
    mono_ += step;
  }
  /// Only the wall clock moves, as when somebody sets it.
  void step_wall(Milliseconds step) { wall_ += step; }

 private:
  WallTime wall_ = from_unix_ms(1'795'158'745'123);
  MonoTime mono_{std::chrono::hours(24)};
};

}  // namespace wakeful::test
