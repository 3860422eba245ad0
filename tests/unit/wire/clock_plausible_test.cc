#include <chrono>

#include <gtest/gtest.h>

#include "wire/monitor_info.h"

namespace wakeful::wire {
namespace {

using namespace std::chrono;

constexpr WallTime at(int y, unsigned m, unsigned d, int hour, int minute, int second = 0) {
  return sys_days{year(y) / month(m) / day(d)} + hours(hour) + minutes(minute) + seconds(second);
}

TEST(ClockPlausible, TakesTheSameTime) {
  EXPECT_TRUE(clock_plausible("2024-08-30 12:59:41", at(2024, 8, 30, 12, 59, 41)));
}

TEST(ClockPlausible, TakesFiveMinutesEitherWayAndNotMore) {
  // 30 minutes off every whole hour, so that no zone helps.
  const auto received = at(2024, 8, 30, 21, 30);
  EXPECT_TRUE(clock_plausible("2024-08-30 21:35:00", received));
  EXPECT_TRUE(clock_plausible("2024-08-30 21:25:00", received));
  EXPECT_FALSE(clock_plausible("2024-08-30 21:35:01", received));
  EXPECT_FALSE(clock_plausible("2024-08-30 21:24:59", received));
  EXPECT_FALSE(clock_plausible("2024-08-30 21:00:00", received));
}

TEST(ClockPlausible, TakesEveryWholeHourZoneFromMinus12To14) {
  const auto received = at(2024, 8, 30, 10, 20);
  for (int zone = -12; zone <= 14; ++zone) {
    const auto local = received + hours(zone);
    const auto text = format_utc(local);  // "2024-08-30T10:20:00.000Z"
    EXPECT_TRUE(clock_plausible(text.substr(0, 10) + " " + text.substr(11, 8), received)) << zone;
  }
}

TEST(ClockPlausible, RefusesWhatNoZoneExplains) {
  const auto received = at(2024, 8, 30, 10, 20);
  EXPECT_FALSE(clock_plausible("2024-08-29 21:20:00", received)) << "13 h behind, 24 h clock";
  EXPECT_FALSE(clock_plausible("2024-08-29 20:20:00", received));
  EXPECT_TRUE(clock_plausible("2024-08-31 00:20:00", received)) << "14 h ahead";
  EXPECT_FALSE(clock_plausible("2024-08-31 13:20:00", received)) << "27 h ahead";
  EXPECT_FALSE(clock_plausible("2023-08-30 10:20:00", received)) << "a year ago";
  EXPECT_FALSE(clock_plausible("2024-07-30 10:20:00", received)) << "a month ago";
}

TEST(ClockPlausible, ReadsATwelveHourClock) {
  // 21:59 arrives as 09:59: explained by a zone 12 hours west, too; so far east that only the
  // 12-hour reading can be meant:
  const auto received = at(2024, 8, 30, 12, 59);  // Seoul shows 21:59, on a 12-hour clock 09:59
  EXPECT_TRUE(clock_plausible("2024-08-30 09:59:00", received));
  const auto west = at(2024, 8, 31, 5, 30);  // UTC-10 shows the 30th, 19:30
  EXPECT_TRUE(clock_plausible("2024-08-30 19:30:00", west));
  EXPECT_TRUE(clock_plausible("2024-08-30 07:30:00", west)) << "07:30 PM in UTC-10";
  EXPECT_FALSE(clock_plausible("2024-08-30 00:30:00", west)) << "no 12-hour clock shows 00";
}

TEST(ClockPlausible, ReadsTwelveOfATwelveHourClockAsMidnightOrNoon) {
  // 00:10 on the 30th in UTC+14 is 10:10 on the 29th; a 12-hour clock writes 12:10 of the 30th.
  EXPECT_TRUE(clock_plausible("2024-08-30 12:10:00", at(2024, 8, 29, 10, 10)));
  EXPECT_FALSE(clock_plausible("2024-08-30 13:10:00", at(2024, 8, 29, 10, 10)))
      << "13 is never on a 12-hour clock, and 27 h is no zone";
  EXPECT_TRUE(clock_plausible("2024-08-30 12:10:00", at(2024, 8, 30, 12, 10)));
  EXPECT_TRUE(clock_plausible("2024-08-30 12:10:00", at(2024, 8, 31, 0, 10))) << "UTC-12, noon";
  EXPECT_FALSE(clock_plausible("2024-08-30 12:10:00", at(2024, 8, 31, 1, 10)));
}

TEST(ClockPlausible, CrossesMonthsYearsAndLeapDays) {
  EXPECT_TRUE(clock_plausible("2025-01-01 08:59:59", at(2024, 12, 31, 23, 59, 59)));  // UTC+9
  EXPECT_TRUE(clock_plausible("2024-12-31 16:00:00", at(2025, 1, 1, 0, 0)));          // UTC-8
  EXPECT_TRUE(clock_plausible("2024-02-29 23:58:00", at(2024, 3, 1, 0, 1)));
  EXPECT_TRUE(clock_plausible("2024-03-01 00:01:00", at(2024, 2, 29, 23, 58)));
  EXPECT_TRUE(clock_plausible("2023-03-01 00:01:00", at(2023, 2, 28, 23, 58)));
  EXPECT_FALSE(clock_plausible("2023-02-29 12:00:00", at(2023, 3, 1, 12, 0))) << "no such day";
  EXPECT_FALSE(clock_plausible("2100-02-29 12:00:00", at(2100, 3, 1, 12, 0))) << "no leap year";
  EXPECT_TRUE(clock_plausible("2000-02-29 12:00:00", at(2000, 2, 29, 12, 0)));
}

TEST(ClockPlausible, RefusesTextItCannotRead) {
  const auto received = at(2024, 8, 30, 12, 59);
  for (const auto* text :
       {"", "now", "2024-08-30", "2024-08-30 12:59", "2024-08-30T12:59:00", "2024/08/30 12:59:00",
        "2024-08-30 12:59:00Z", " 2024-08-30 12:59:00", "2024-08-30 12:59:0x",
        "2024-13-30 12:59:00", "2024-08-32 12:59:00", "2024-00-30 12:59:00", "2024-08-00 12:59:00",
        "2024-08-30 24:59:00", "2024-08-30 12:60:00", "2024-08-30 12:58:61", "+024-08-30 12:59:00",
        "2024-08-30 12:59:-1"}) {
    EXPECT_FALSE(clock_plausible(text, received)) << text;
  }
}

}  // namespace
}  // namespace wakeful::wire
