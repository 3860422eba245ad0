#include "api/refusal_log.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

namespace wakeful::api {
namespace {

Refusal refusal(int number) {
  Refusal made;
  made.time = from_unix_ms(number);
  made.address = "10.0.0.9";
  made.path = "/api/v1/reports";
  made.status = 401;
  made.detail = "unknown key";
  return made;
}

TEST(RefusalLog, KeepsTheNewestHundredAndCountsAll) {
  RefusalLog log;
  for (int i = 1; i <= 250; ++i) log.add(refusal(i));
  EXPECT_EQ(log.total(), 250u);
  const auto recent = log.recent();
  ASSERT_EQ(recent.size(), 100u);
  EXPECT_EQ(to_unix_ms(recent.front().time), 250);
  EXPECT_EQ(to_unix_ms(recent.back().time), 151);
}

TEST(RefusalLog, ShortensWhatComesFromOutside) {
  RefusalLog log;
  auto big = refusal(1);
  big.detail.assign(1 << 20, 'x');
  big.path.assign(1 << 20, '/');
  log.add(big);
  EXPECT_LE(log.recent()[0].detail.size(), 300u);
  EXPECT_LE(log.recent()[0].path.size(), 300u);
}

TEST(RefusalLog, MayBeUsedFromSeveralThreads) {
  RefusalLog log;
  std::thread writer([&] {
    for (int i = 0; i < 2'000; ++i) log.add(refusal(i));
  });
  std::size_t most = 0;
  while (log.total() < 2'000) most = std::max(most, log.recent().size());
  writer.join();
  EXPECT_LE(most, 100u);
}

}  // namespace
}  // namespace wakeful::api
