#include "agent/backoff.h"

#include <gtest/gtest.h>

namespace wakeful::agent {
namespace {

TEST(Backoff, DoublesUpToTheLimitWithJitter) {
  Backoff backoff(Milliseconds{1000}, Milliseconds{60'000}, 7);
  Milliseconds step{1000};
  for (int i = 0; i < 12; ++i) {
    const auto wait = backoff.next();
    EXPECT_GE(wait, step / 2) << "try " << i;
    EXPECT_LE(wait, step) << "try " << i;
    step = std::min(step * 2, Milliseconds{60'000});
  }
}

TEST(Backoff, StartsAnewAfterASuccess) {
  Backoff backoff(Milliseconds{100}, Milliseconds{60'000}, 7);
  for (int i = 0; i < 8; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), Milliseconds{100});
}

TEST(Backoff, HostsDoNotComeBackTogether) {
  Backoff one(Milliseconds{60'000}, Milliseconds{60'000}, 1);
  Backoff other(Milliseconds{60'000}, Milliseconds{60'000}, 99'991);
  EXPECT_NE(one.next(), other.next());
}

TEST(Backoff, AGivenWaitIsNeverShortened) {
  Backoff backoff(Milliseconds{1}, Milliseconds{2}, 3);
  for (int i = 0; i < 100; ++i) {
    const auto wait = backoff.spread(Milliseconds{1000});
    EXPECT_GE(wait, Milliseconds{1000});
    EXPECT_LE(wait, Milliseconds{1250});
  }
}

}  // namespace
}  // namespace wakeful::agent
