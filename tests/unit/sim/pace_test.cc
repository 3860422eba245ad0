#include "sim/pace.h"

#include <gtest/gtest.h>

namespace wakeful::sim {
namespace {

const WallTime kNow = from_unix_ms(1'795'392'000'000);

TEST(Pace, TimeRunsFasterUntilThePresentAndNeverBeyond) {
  const Pace pace(kNow - std::chrono::hours(2), 60);
  EXPECT_EQ(pace.at(Milliseconds(0), kNow), kNow - std::chrono::hours(2));
  const Milliseconds minute{60'000};
  EXPECT_EQ(pace.at(minute, kNow + minute), kNow - std::chrono::hours(1));
  EXPECT_EQ(pace.at(3 * minute, kNow + 3 * minute), kNow + 3 * minute);
  EXPECT_EQ(pace.real(std::chrono::hours(1)), minute);
}

TEST(Pace, AtTheSpeedOfTheClockItKeepsItsDistance) {
  const Pace pace(kNow, 1);
  EXPECT_EQ(pace.at(Milliseconds(500), kNow + Milliseconds(500)), kNow + Milliseconds(500));
  // A clock that is set back takes simulated time with it.
  EXPECT_EQ(pace.at(Milliseconds(500), kNow - Milliseconds(500)), kNow - Milliseconds(500));
}

TEST(Pace, AnyFactorLeadsToThePresent) {
  const Pace pace(kNow - std::chrono::hours(1), 1e9);
  EXPECT_EQ(pace.at(std::chrono::hours(24 * 365 * 200), kNow), kNow);
}

}  // namespace
}  // namespace wakeful::sim
