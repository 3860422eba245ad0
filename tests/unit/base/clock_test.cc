#include "base/clock.h"

#include <gtest/gtest.h>

namespace wakeful {
namespace {

TEST(FormatUtc, WritesMillisecondsAndZ) {
  EXPECT_EQ(format_utc(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(from_unix_ms(1795158745123)), "2026-11-20T07:12:25.123Z");
  EXPECT_EQ(format_utc(from_unix_ms(1709164799999)), "2024-02-28T23:59:59.999Z");
  EXPECT_EQ(format_utc(from_unix_ms(1709164800000)), "2024-02-29T00:00:00.000Z");
}

TEST(FormatUtc, CountsBackwardsBefore1970) {
  EXPECT_EQ(format_utc(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(FormatUtc, SurvivesTimesBeyondTheCalendar) {
  EXPECT_EQ(format_utc(from_unix_ms(INT64_MAX)), "292278994-08-17T07:12:55.807Z");
}

TEST(UnixMs, GoesBothWays) { EXPECT_EQ(to_unix_ms(from_unix_ms(-12345)), -12345); }

TEST(SystemClock, MovesForward) {
  const SystemClock clock;
  const auto wall = clock.wall_now();
  const auto mono = clock.mono_now();
  EXPECT_GE(clock.mono_now(), mono);
  EXPECT_GT(to_unix_ms(wall), 1'700'000'000'000);
}

}  // namespace
}  // namespace wakeful
