#include "server/time_rule.h"

#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kNow = from_unix_ms(1'795'158'745'123);
constexpr Milliseconds kRetention = hours(24 * 30);

TEST(TimeRule, TimesFromTheRetentionToAnHourAheadAreTaken) {
  for (const Milliseconds offset :
       {Milliseconds(0), Milliseconds(hours(1)), -kRetention, Milliseconds(minutes(-5))}) {
    EXPECT_EQ(refuse_time(kNow + offset, kNow, kRetention), std::nullopt) << offset.count();
  }
}

TEST(TimeRule, TheFutureIsRefused) {
  EXPECT_EQ(refuse_time(kNow + hours(1) + Milliseconds(1), kNow, kRetention),
            "time_ms: expected a time at most 1 h ahead of this server's clock, got "
            "2026-11-20T08:12:25.124Z, which is 1 h ahead");
  EXPECT_TRUE(refuse_time(kNow + hours(24 * 3650), kNow, kRetention));
}

TEST(TimeRule, WhatWouldBeThrownAwayAtOnceIsRefused) {
  EXPECT_EQ(refuse_time(kNow - kRetention - hours(25), kNow, kRetention),
            "time_ms: expected a time of the last 30 days (retention.raw), got "
            "2026-10-20T06:12:25.123Z, which is 31 days 1 h ago");
  EXPECT_TRUE(refuse_time(WallTime{}, kNow, kRetention));
  EXPECT_FALSE(refuse_time(kNow - hours(5), kNow, hours(6)));
  EXPECT_TRUE(refuse_time(kNow - hours(7), kNow, hours(6)));
}

}  // namespace
}  // namespace wakeful::server
