#include "server/refusals.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "support/fake_clock.h"

namespace wakeful::server {
namespace {

TEST(LineBudget, WritesTheFirstLinesOfAPeriodAndCountsTheRest) {
  LineBudget budget;
  const MonoTime start{std::chrono::hours(24)};
  for (int i = 0; i < LineBudget::kLinesPerPeriod; ++i) EXPECT_TRUE(budget.next(start).write);
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(budget.next(start).write);
  const auto later = budget.next(start + LineBudget::kPeriod);
  EXPECT_TRUE(later.write);
  EXPECT_EQ(later.withheld_before, 500U);
  EXPECT_EQ(budget.next(start + LineBudget::kPeriod).withheld_before, 0U);
}

class RefusalsTest : public testing::Test {
 protected:
  test::FakeClock clock;
  api::RefusalLog log;
  Refusals refusals{log, clock};
};

TEST_F(RefusalsTest, AreRememberedWithEverythingTheOwnerNeeds) {
  net::Request request;
  request.path = "/api/v1/reports";
  request.remote_address = "10.0.0.9";
  refusals.add(request, 400, "sequence: expected a whole number, got \"x\"");
  ASSERT_EQ(log.recent().size(), 1U);
  const api::Refusal kept = log.recent().front();
  EXPECT_EQ(kept.time, clock.wall_now());
  EXPECT_EQ(kept.address, "10.0.0.9");
  EXPECT_EQ(kept.path, "/api/v1/reports");
  EXPECT_EQ(kept.status, 400);
  EXPECT_EQ(kept.detail, "sequence: expected a whole number, got \"x\"");
}

TEST_F(RefusalsTest, WhatIsNotTextBecomesText) {
  refusals.add("10.0.0.9", "/\xff\xfe", 400, std::string(10'000, 'd') + "\xff");
  const api::Refusal kept = log.recent().front();
  EXPECT_TRUE(is_utf8(kept.path));
  EXPECT_TRUE(is_utf8(kept.detail));
  EXPECT_LE(kept.detail.size(), 303U);
}

TEST_F(RefusalsTest, EveryOneIsCountedAlsoWhenNoLineIsWritten) {
  for (int i = 0; i < 1000; ++i) refusals.add("10.0.0.9", "/", 401, "unknown key");
  EXPECT_EQ(log.total(), 1000U);
  EXPECT_EQ(log.recent().size(), 100U);
}

}  // namespace
}  // namespace wakeful::server
