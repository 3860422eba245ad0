#include "store/detail/pack.h"

#include <random>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace wakeful::store::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::December;
using std::chrono::February;
using std::chrono::January;
using std::chrono::March;
using std::chrono::sys_days;

void expect_period(Tier tier, WallTime time, WallTime first, WallTime end) {
  EXPECT_EQ(period_of(tier, to_unix_ms(time)), (Period{tier, to_unix_ms(first), to_unix_ms(end)}));
}

TEST(PackPeriod, EndsWithTheDayTheMonthAndTheYear) {
  expect_period(Tier::raw, sys_days(2026y / December / 31) + 24h - 1ms,
                sys_days(2026y / December / 31), sys_days(2027y / January / 1));
  expect_period(Tier::raw, sys_days(2028y / February / 29), sys_days(2028y / February / 29),
                sys_days(2028y / March / 1));
  expect_period(Tier::minutes, sys_days(2028y / February / 29) + 12h,
                sys_days(2028y / February / 1), sys_days(2028y / March / 1));
  expect_period(Tier::minutes, sys_days(2026y / December / 31) + 24h - 1ms,
                sys_days(2026y / December / 1), sys_days(2027y / January / 1));
  expect_period(Tier::hours, sys_days(2028y / December / 31) + 24h - 1ms,
                sys_days(2028y / January / 1), sys_days(2029y / January / 1));
  expect_period(Tier::hours, sys_days(1970y / January / 1), sys_days(1970y / January / 1),
                sys_days(1971y / January / 1));
}

TEST(PackName, SaysThePeriodAndComesBack) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 5'000; ++i) {
    const auto time = static_cast<std::int64_t>(random() % kEndTimeMs);
    for (const auto tier : {Tier::raw, Tier::minutes, Tier::hours}) {
      const auto period = period_of(tier, time);
      EXPECT_LE(period.first_ms, time);
      EXPECT_GT(period.end_ms, time);
      EXPECT_EQ(period_of(tier, period.first_ms), period);
      EXPECT_EQ(period_of(tier, period.end_ms - 1), period);
      for (const bool open : {false, true}) {
        const auto parsed = parse_pack_name(pack_path("", period, open).string());
        ASSERT_TRUE(parsed.has_value()) << pack_path("", period, open);
        EXPECT_EQ(parsed->period, period);
        EXPECT_EQ(parsed->open, open && tier == Tier::raw);
      }
    }
  }
}

TEST(PackName, NothingElseIsOne) {
  for (const auto* name :
       {"", ".db", "2026-11-20", "2026-11-31.db", "2027-02-29.db", "2026-11-20-open",
        "1969-12-31.db", "2200-01-01.db", "2026-11.db", "minutes-2026-11-20.db",
        "minutes-2026-11-open.db", "hours-2026-open.db", "2026-11-20-open-open.db", "-026-11-20.db",
        "2026-1a-20.db", "x2026-11-20.db"})
    EXPECT_FALSE(parse_pack_name(name).has_value()) << name;
}

}  // namespace
}  // namespace wakeful::store::detail
