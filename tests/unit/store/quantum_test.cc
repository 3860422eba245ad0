#include "store/quantum.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace wakeful::store {
namespace {

using model::Metric;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Steps, EveryMetricComesBackWithinHalfAQuantum) {
  std::mt19937_64 random(1);
  for (const auto& info : model::metric_catalogue()) {
    std::uniform_real_distribution<double> values(info.minimum, info.maximum);
    for (int i = 0; i < 1000; ++i) {
      const double value = values(random);
      const auto steps = to_steps(info.metric, value);
      ASSERT_TRUE(steps) << info.name;
      const double back = from_steps(info.metric, *steps);
      EXPECT_LE(std::abs(back - value), info.quantum * 0.500001) << info.name << " " << value;
      EXPECT_EQ(to_steps(info.metric, back), steps) << info.name;
    }
    EXPECT_EQ(from_steps(info.metric, *to_steps(info.metric, info.minimum)), info.minimum);
    EXPECT_NEAR(from_steps(info.metric, *to_steps(info.metric, info.maximum)), info.maximum,
                info.quantum / 2);
  }
}

TEST(Steps, DecimalFractionsComeBackAsTheyAreWritten) {
  EXPECT_EQ(from_steps(Metric::host_cpu_ratio, 1234), 0.1234);
  EXPECT_EQ(from_steps(Metric::host_power_watts, 352), 35.2);
  EXPECT_EQ(from_steps(Metric::host_load1, 7), 0.07);
}

TEST(Steps, WhatIsNoNumberOrTooLargeHasNone) {
  for (const double value : {kNaN, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), 1e300, -1e300}) {
    EXPECT_EQ(to_steps(Metric::host_cpu_ratio, value), std::nullopt);
  }
  EXPECT_EQ(to_steps(static_cast<Metric>(9999), 1), std::nullopt);
  EXPECT_EQ(to_steps(static_cast<Metric>(0), 1), std::nullopt);
}

}  // namespace
}  // namespace wakeful::store
