#include "server/key_cache.h"

#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

using Answer = KeyCache::Answer;
using model::ServerId;

TEST(KeyCache, AsksForWhatItDoesNotKnow) {
  const KeyCache cache;
  EXPECT_EQ(cache.find("hash").answer, Answer::ask_registry);
}

TEST(KeyCache, RemembersServersAndStrangers) {
  KeyCache cache;
  cache.put("good", ServerId{7});
  cache.put_unknown("bad");
  EXPECT_EQ(cache.find("good").answer, Answer::known);
  EXPECT_EQ(cache.find("good").server, ServerId{7});
  EXPECT_EQ(cache.find("bad").answer, Answer::unknown_key);
}

TEST(KeyCache, AKeyThatWasUnknownCanBecomeKnown) {
  KeyCache cache;
  cache.put_unknown("hash");
  cache.forget_unknown();
  EXPECT_EQ(cache.find("hash").answer, Answer::ask_registry);
  cache.put_unknown("hash");
  cache.put("hash", ServerId{1});
  EXPECT_EQ(cache.find("hash").answer, Answer::known);
}

TEST(KeyCache, ForgetsTheKeysOfServersThatAreGone) {
  KeyCache cache;
  cache.put("one", ServerId{1});
  cache.put("two", ServerId{2});
  cache.keep_only({2, 3});
  EXPECT_EQ(cache.find("one").answer, Answer::ask_registry);
  EXPECT_EQ(cache.find("two").answer, Answer::known);
}

TEST(KeyCache, StrangersDoNotFillTheMemory) {
  KeyCache cache;
  const int tried = static_cast<int>(KeyCache::kMaxUnknown) + 500;
  for (int i = 0; i < tried; ++i) cache.put_unknown("guess-" + std::to_string(i));
  int remembered = 0;
  for (int i = 0; i < tried; ++i) {
    if (cache.find("guess-" + std::to_string(i)).answer == Answer::unknown_key) ++remembered;
  }
  EXPECT_EQ(remembered, static_cast<int>(KeyCache::kMaxUnknown));
}

}  // namespace
}  // namespace wakeful::server
