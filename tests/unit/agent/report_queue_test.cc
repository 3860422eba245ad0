#include "agent/report_queue.h"

#include <gtest/gtest.h>

namespace wakeful::agent {
namespace {

TEST(ReportQueue, OneReportGoesAsAnObjectAndSeveralAsAnArray) {
  ReportQueue queue({.reports = 10, .bytes = 1000});
  queue.push("{1}");
  EXPECT_EQ(queue.take(100, 1000), "{1}");
  queue.give_back();
  queue.push("{2}");
  queue.push("{3}");
  EXPECT_EQ(queue.take(100, 1000), "[{1},{2},{3}]");
}

TEST(ReportQueue, TakesNoMoreThanAskedFor) {
  ReportQueue queue({.reports = 10, .bytes = 1000});
  for (int i = 0; i < 5; ++i) queue.push("{" + std::to_string(i) + "}");
  EXPECT_EQ(queue.take(2, 1000), "[{0},{1}]");
  queue.remove_sent();
  EXPECT_EQ(queue.take(100, 8), "[{2},{3}]");
  queue.remove_sent();
  EXPECT_EQ(queue.take(100, 1), "{4}") << "the first goes, however large it is";
  queue.remove_sent();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(ReportQueue, DropsTheOldestWhenTooManyWait) {
  ReportQueue queue({.reports = 3, .bytes = 1000});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.push("{" + std::to_string(i) + "}"), 0U);
  EXPECT_EQ(queue.push("{3}"), 1U);
  EXPECT_EQ(queue.take(100, 1000), "[{1},{2},{3}]");
}

TEST(ReportQueue, DropsTheOldestWhenTooManyBytesWait) {
  ReportQueue queue({.reports = 100, .bytes = 10});
  queue.push("aaaa");
  queue.push("bbbb");
  EXPECT_EQ(queue.push("cccccccc"), 2U);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.bytes(), 8U);
}

TEST(ReportQueue, WhatIsOnItsWayIsNotDropped) {
  ReportQueue queue({.reports = 3, .bytes = 1000});
  for (int i = 0; i < 3; ++i) queue.push("{" + std::to_string(i) + "}");
  EXPECT_EQ(queue.take(2, 1000), "[{0},{1}]");
  EXPECT_EQ(queue.push("{3}"), 1U);
  EXPECT_EQ(queue.sent(), 2U);
  queue.remove_sent();
  EXPECT_EQ(queue.take(100, 1000), "{3}");
}

TEST(ReportQueue, AReportLargerThanTheWholeQueueIsDroppedAndCounted) {
  ReportQueue queue({.reports = 3, .bytes = 4});
  EXPECT_EQ(queue.push("too large"), 1U);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace wakeful::agent
