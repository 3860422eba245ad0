#include "server/clock_skew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr WallTime kNow{Milliseconds(1'795'158'745'123)};

std::vector<model::Report> reports_at(const std::vector<Milliseconds>& offsets) {
  std::vector<model::Report> reports;
  for (const Milliseconds offset : offsets) reports.emplace_back().time = kNow + offset;
  return reports;
}

TEST(ClockSkew, UpToTwoSecondsIsNotCorrected) {
  for (const auto offset : {Milliseconds(-2000), Milliseconds(0), Milliseconds(2000)}) {
    const ClockSkew skew = measure_skew(reports_at({offset}), std::nullopt, kNow);
    EXPECT_EQ(skew.correction, Milliseconds(0)) << offset.count();
    EXPECT_FALSE(skew.warn);
    EXPECT_EQ(skew.correct(kNow + offset), kNow + offset);
  }
}

TEST(ClockSkew, OverTwoSecondsTheDifferenceIsAdded) {
  const ClockSkew behind = measure_skew(reports_at({Milliseconds(-2001)}), std::nullopt, kNow);
  EXPECT_EQ(behind.correct(kNow - Milliseconds(2001)), kNow);
  EXPECT_FALSE(behind.warn);
  const ClockSkew ahead = measure_skew(reports_at({minutes(4)}), std::nullopt, kNow);
  EXPECT_EQ(ahead.correct(kNow + minutes(4)), kNow);
  EXPECT_FALSE(ahead.warn);
}

TEST(ClockSkew, OverFiveMinutesTheOwnerIsTold) {
  EXPECT_FALSE(measure_skew(reports_at({minutes(5)}), std::nullopt, kNow).warn);
  const ClockSkew skew = measure_skew(reports_at({-hours(9)}), std::nullopt, kNow);
  EXPECT_TRUE(skew.warn);
  EXPECT_THAT(skew_warning(skew), HasSubstr("9 h behind the server's"));
  const ClockSkew ahead = measure_skew(reports_at({minutes(7)}), std::nullopt, kNow);
  EXPECT_THAT(skew_warning(ahead), HasSubstr("7 min ahead of the server's"));
}

TEST(ClockSkew, TheNewestReportOfARequestIsMeasured) {
  const auto reports = reports_at({-hours(1), -minutes(30), seconds(-1), -minutes(40)});
  EXPECT_EQ(measure_skew(reports, std::nullopt, kNow).correction, Milliseconds(0));
}

TEST(ClockSkew, OldReportsKeepTheirTimeWhenTheAgentSaysWhenItSentThem) {
  const auto reports = reports_at({-hours(3), -hours(2)});
  const ClockSkew skew = measure_skew(reports, kNow - seconds(1), kNow);
  EXPECT_EQ(skew.correct(kNow - hours(3)), kNow - hours(3));
  EXPECT_FALSE(skew.warn);
}

TEST(ClockSkew, NothingIsMeasuredOnNothing) {
  const ClockSkew skew = measure_skew({}, std::nullopt, kNow);
  EXPECT_EQ(skew.correction, Milliseconds(0));
  EXPECT_FALSE(skew.warn);
}

TEST(RoughDuration, TakesTheUnitThatPeopleWould) {
  EXPECT_EQ(rough_duration(Milliseconds(-5)), "0 s");
  EXPECT_EQ(rough_duration(seconds(45)), "45 s");
  EXPECT_EQ(rough_duration(seconds(119)), "119 s");
  EXPECT_EQ(rough_duration(minutes(7)), "7 min");
  EXPECT_EQ(rough_duration(hours(3) + minutes(20)), "3 h 20 min");
  EXPECT_EQ(rough_duration(hours(3)), "3 h");
  EXPECT_EQ(rough_duration(hours(24 * 400 + 5)), "400 days 5 h");
}

}  // namespace
}  // namespace wakeful::server
