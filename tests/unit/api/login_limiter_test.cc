#include "api/login_limiter.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace wakeful::api {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class LoginLimiterTest : public testing::Test {
 protected:
  std::optional<Milliseconds> wait(const std::string& account, const std::string& address) {
    return limiter.must_wait(account, address, clock.mono_now());
  }
  void fail(const std::string& account, const std::string& address, int times) {
    for (int i = 0; i < times; ++i) limiter.failed(account, address, clock.mono_now());
  }
  LoginLimiter limiter;
  test::FakeClock clock;
};

TEST_F(LoginLimiterTest, TheFirstFailuresAreFree) {
  fail("kim", "10.0.0.1", LoginLimiter::kFreeFailures - 1);
  EXPECT_EQ(wait("kim", "10.0.0.1"), std::nullopt);
  fail("kim", "10.0.0.1", 1);
  EXPECT_EQ(wait("kim", "10.0.0.1"), seconds(2));
}

TEST_F(LoginLimiterTest, TheWaitDoublesUpToFiveMinutesAndRunsOff) {
  fail("kim", "10.0.0.1", LoginLimiter::kFreeFailures);
  for (const int expected : {2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    EXPECT_EQ(wait("kim", "10.0.0.1"), seconds(expected));
    clock.advance(seconds(expected));
    EXPECT_EQ(wait("kim", "10.0.0.1"), std::nullopt);
    fail("kim", "10.0.0.1", 1);
  }
  fail("kim", "10.0.0.1", 1'000);
  EXPECT_EQ(wait("kim", "10.0.0.1"), seconds(300));
}

TEST_F(LoginLimiterTest, CountsByAccountAndByAddress) {
  for (int i = 0; i < LoginLimiter::kFreeFailures; ++i)
    fail("kim", "10.0.0." + std::to_string(i), 1);
  EXPECT_NE(wait("kim", "192.168.0.1"), std::nullopt) << "one account from many addresses";
  for (int i = 0; i < LoginLimiter::kFreeFailures; ++i)
    fail("u" + std::to_string(i), "10.9.9.9", 1);
  EXPECT_NE(wait("lee", "10.9.9.9"), std::nullopt) << "many accounts from one address";
  EXPECT_EQ(wait("lee", "192.168.0.1"), std::nullopt);
}

TEST_F(LoginLimiterTest, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < LoginLimiter::kFreeFailures; ++i) {
    fail("u" + std::to_string(i), "2001:db8:0:1::" + std::to_string(i), 1);
  }
  EXPECT_NE(wait("x", "2001:db8:0:1:ffff::9"), std::nullopt);
  EXPECT_EQ(wait("x", "2001:db8:0:2::9"), std::nullopt);
  for (int i = 0; i < LoginLimiter::kFreeFailures; ++i) {
    fail("v" + std::to_string(i), "::ffff:10.0.0." + std::to_string(i), 1);
  }
  EXPECT_EQ(wait("x", "::ffff:10.0.0.77"), std::nullopt) << "mapped IPv4 hosts are apart";
}

TEST_F(LoginLimiterTest, ASuccessOrAnHourForgets) {
  fail("kim", "10.0.0.1", 20);
  limiter.succeeded("kim", "10.0.0.1");
  EXPECT_EQ(wait("kim", "10.0.0.1"), std::nullopt);
  fail("kim", "10.0.0.1", 20);
  clock.advance(hours(1) + seconds(1));
  fail("kim", "10.0.0.1", 1);
  EXPECT_EQ(wait("kim", "10.0.0.1"), std::nullopt) << "the count starts anew";
}

TEST_F(LoginLimiterTest, MemoryIsBoundedAndAGuessedAccountIsNotWashedOut) {
  fail("kim", "10.0.0.1", 10);
  for (std::size_t i = 0; i < LoginLimiter::kMaxEntries + 500; ++i) {
    limiter.failed("name" + std::to_string(i), "10.0.0.1", clock.mono_now());
    ASSERT_LE(limiter.entries(), LoginLimiter::kMaxEntries);
    if (i % 100 == 0) clock.advance(Milliseconds(1));
  }
  EXPECT_NE(wait("kim", "192.168.0.1"), std::nullopt);
}

TEST_F(LoginLimiterTest, GuessesAtTheSameTimeDoNotPassTogether) {
  const auto now = clock.mono_now();
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (!limiter.begin("kim", "10.0.0.1", now)) ++passed;
        static_cast<void>(limiter.must_wait("lee", "10.0.0.2", now));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(passed, LoginLimiter::kFreeFailures);
}

}  // namespace
}  // namespace wakeful::api
