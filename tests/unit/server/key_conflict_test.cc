#include "server/key_conflict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using Verdict = KeyConflict::Verdict;

constexpr WallTime kStart{Milliseconds(1'795'158'745'000)};

// Hosts whose clocks are right: the sample's time is the time of receipt.
class KeyConflictTest : public testing::Test {
 protected:
  Verdict hear(const std::string& boot, const std::string& host) {
    now += seconds(8);
    return conflict.judge(boot, host, now, now);
  }
  Verdict hear_old(const std::string& boot, const std::string& host, Milliseconds age) {
    now += seconds(8);
    return conflict.judge(boot, host, now - age, now);
  }

  KeyConflict conflict;
  WallTime now = kStart;
};

TEST_F(KeyConflictTest, OneHostIsNoConflict) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  EXPECT_FALSE(conflict.active(now));
  EXPECT_EQ(conflict.message(), "");
}

TEST_F(KeyConflictTest, ARebootIsNoConflict) {
  EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-c", "gpu3"), Verdict::accept);
}

TEST_F(KeyConflictTest, WhatWasSpooledBeforeARebootIsNoConflict) {
  EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  now += minutes(5);
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear_old("boot-a", "gpu3", minutes(3)), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
}

TEST_F(KeyConflictTest, ABootThatIsFirstHeardOfFromASpoolIsNotTheHostOfNow) {
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear_old("boot-a", "gpu3", minutes(10)), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu3"), Verdict::accept);
  EXPECT_FALSE(conflict.active(now));
}

TEST_F(KeyConflictTest, TheFirstHostStaysAndTheSecondIsRefused) {
  EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::accept);  // may still be a reboot
  EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept_new_conflict);
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::refuse);
  EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::refuse);
  EXPECT_TRUE(conflict.active(now));
  EXPECT_THAT(conflict.message(), HasSubstr("\"gpu3\" and \"gpu4\""));
}

TEST_F(KeyConflictTest, ARebootOfTheFirstHostDoesNotLetTheSecondIn) {
  hear("boot-a", "gpu3");
  hear("boot-b", "gpu4");
  hear("boot-a", "gpu3");
  EXPECT_EQ(hear("boot-c", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::refuse);
  EXPECT_EQ(hear("boot-c", "gpu3"), Verdict::accept);
}

TEST_F(KeyConflictTest, ARebootOfTheSecondHostDoesNotLetItIn) {
  hear("boot-a", "gpu3");
  hear("boot-b", "gpu4");
  hear("boot-a", "gpu3");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(hear("boot-x" + std::to_string(i), "gpu4"), Verdict::refuse);
    EXPECT_EQ(hear("boot-a", "gpu3"), Verdict::accept);
  }
}

TEST_F(KeyConflictTest, TheSecondHostMayTakeOverWhenTheFirstIsGone) {
  hear("boot-a", "gpu3");
  hear("boot-b", "gpu4");
  hear("boot-a", "gpu3");
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::refuse);
  now += KeyConflict::kHolderSilence;
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::accept);
  EXPECT_EQ(hear("boot-b", "gpu4"), Verdict::accept);
}

TEST_F(KeyConflictTest, EndsWhenTheSecondHostIsNotHeardAnyMore) {
  hear("boot-a", "gpu3");
  hear("boot-b", "gpu4");
  hear("boot-a", "gpu3");
  EXPECT_TRUE(conflict.active(now));
  now += KeyConflict::kHolderSilence + seconds(1);
  EXPECT_FALSE(conflict.active(now));
}

TEST_F(KeyConflictTest, ManyRebootsAreForgottenAndTheHostOfNowIsNot) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(hear("boot-" + std::to_string(i), "gpu3"), Verdict::accept);
  }
  EXPECT_EQ(hear("boot-49", "gpu3"), Verdict::accept);
  EXPECT_EQ(hear("other", "gpu4"), Verdict::accept);
  EXPECT_EQ(hear("boot-49", "gpu3"), Verdict::accept_new_conflict);
}

}  // namespace
}  // namespace wakeful::server
