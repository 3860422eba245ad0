#include "api/coverage_split.h"

#include <cmath>

#include <gtest/gtest.h>

namespace wakeful::api {
namespace {

using model::ServerState;
using std::chrono::hours;
using std::chrono::minutes;

const WallTime kStart = from_unix_ms(1'795'132'800'000);
constexpr ServerState kPlanned[] = {ServerState::off};  // stands for a planned state here

store::Coverage coverage(std::vector<double> measured) {
  return {kStart, hours(1), std::move(measured)};
}

model::ServerEvent change(Milliseconds after_start, ServerState from, ServerState to) {
  model::ServerEvent event;
  event.time = kStart + after_start;
  event.from = from;
  event.to = to;
  return event;
}

TEST(CoverageSplit, WhatIsNeitherMeasuredNorPlannedIsLost) {
  const auto split =
      split_coverage(coverage({1, 0.75, 0}), {}, kPlanned, kStart - hours(1), kStart + hours(9));
  EXPECT_EQ(split.measured, (std::vector<double>{1, 0.75, 0.0}));
  EXPECT_EQ(split.asleep, (std::vector<double>{0.0, 0.0, 0.0}));
  EXPECT_EQ(split.lost, (std::vector<double>{0, 0.25, 1.0}));
}

TEST(CoverageSplit, PlannedSilenceIsNotLost) {
  // Asleep from 0:30 to 2:15; newest first.
  const std::vector events{change(minutes(135), ServerState::off, ServerState::on),
                           change(minutes(30), ServerState::on, ServerState::off)};
  const auto split = split_coverage(coverage({0.5, 0, 0.5}), events, kPlanned, kStart - hours(1),
                                    kStart + hours(9));
  EXPECT_EQ(split.asleep, (std::vector<double>{0.5, 1, 0.25}));
  EXPECT_EQ(split.lost, (std::vector<double>{0, 0, 0.25}));
}

TEST(CoverageSplit, StillAsleepAndAsleepFromTheBeginning) {
  const std::vector still{change(minutes(60), ServerState::on, ServerState::off)};
  EXPECT_EQ(split_coverage(coverage({1, 0, 0}), still, kPlanned, kStart, kStart + hours(9)).asleep,
            (std::vector<double>{0, 1, 1.0}));
  const std::vector woke{change(minutes(60), ServerState::off, ServerState::on)};
  EXPECT_EQ(
      split_coverage(coverage({0, 1, 1}), woke, kPlanned, kStart - hours(1), kStart + hours(9))
          .asleep,
      (std::vector<double>{1, 0, 0.0}));
  // Without planned states nobody is ever asleep.
  EXPECT_EQ(split_coverage(coverage({1, 0, 0}), still, {}, kStart, kStart + hours(9)).lost,
            (std::vector<double>{0, 1, 1.0}));
}

TEST(CoverageSplit, ReportsDuringPlannedSilenceAreMeasured) {
  const std::vector still{change(minutes(-5), ServerState::on, ServerState::off)};
  const auto split =
      split_coverage(coverage({0.75, 1.0}), still, kPlanned, kStart - hours(1), kStart + hours(9));
  EXPECT_EQ(split.asleep, (std::vector<double>{0.25, 0.0}));
  EXPECT_EQ(split.lost, (std::vector<double>{0.0, 0.0}));
}

TEST(CoverageSplit, BeforeTheServerAndAfterNowThereIsNothingToLose) {
  const auto split = split_coverage(coverage({0, 0, 1, 0.5, 0}), {}, kPlanned, kStart + minutes(90),
                                    kStart + minutes(210));
  EXPECT_TRUE(std::isnan(split.measured[0]) && std::isnan(split.asleep[0]) &&
              std::isnan(split.lost[0]));
  EXPECT_EQ(split.lost[1], 0.5);
  EXPECT_EQ(split.lost[2], 0);
  EXPECT_EQ(split.lost[3], 0);
  EXPECT_TRUE(std::isnan(split.lost[4]));
}

TEST(CoverageSplit, SamplesFromBeforeTheServerWasAddedAreMeasured) {
  const auto split =
      split_coverage(coverage({0.5}), {}, kPlanned, kStart + hours(3), kStart + hours(4));
  EXPECT_EQ(split.measured, std::vector<double>{0.5});
  EXPECT_EQ(split.lost, std::vector<double>{0.0});
}

}  // namespace
}  // namespace wakeful::api
