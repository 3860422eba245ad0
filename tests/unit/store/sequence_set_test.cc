#include "store/detail/sequence_set.h"

#include <limits>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace wakeful::store::detail {
namespace {

using Answer = SequenceSet::Answer;

constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

SequenceSet recoded(const SequenceSet& set) {
  std::string bytes;
  set.encode(bytes);
  auto decoded = SequenceSet::decode(bytes);
  EXPECT_TRUE(decoded.has_value());
  return decoded ? *decoded : SequenceSet();
}

TEST(SequenceSet, CountingByOneIsOneRange) {
  SequenceSet set;
  for (std::int64_t i = 1; i <= 100'000; ++i) set.add(i);
  EXPECT_EQ(set.range_count(), 1U);
  std::string bytes;
  set.encode(bytes);
  EXPECT_LE(bytes.size(), 8U);
  EXPECT_EQ(set.find(0), Answer::absent);
  EXPECT_EQ(set.find(1), Answer::present);
  EXPECT_EQ(set.find(100'000), Answer::present);
  EXPECT_EQ(set.find(100'001), Answer::absent);
}

TEST(SequenceSet, AGapIsClosedFromBothSides) {
  SequenceSet set;
  set.add(1);
  set.add(5);
  set.add(2);
  set.add(4);
  EXPECT_EQ(set.range_count(), 2U);
  EXPECT_EQ(set.find(3), Answer::absent);
  set.add(3);
  EXPECT_EQ(set.range_count(), 1U);
}

TEST(SequenceSet, TheEndsOfTheNumbersAreNumbers) {
  SequenceSet set;
  set.add(kHighest);
  set.add(kLowest);
  set.add(0);
  EXPECT_EQ(set.range_count(), 3U);
  for (const auto& copy : {set, recoded(set)}) {
    EXPECT_EQ(copy.find(kHighest), Answer::present);
    EXPECT_EQ(copy.find(kLowest), Answer::present);
    EXPECT_EQ(copy.find(0), Answer::present);
    EXPECT_EQ(copy.find(kHighest - 1), Answer::absent);
    EXPECT_EQ(copy.find(kLowest + 1), Answer::absent);
  }
}

TEST(SequenceSet, WhatItForgotIsToBeLookedUp) {
  SequenceSet set;
  for (std::int64_t i = 0; i < 300; ++i) set.add(i * 10);
  EXPECT_EQ(set.range_count(), 256U);
  for (const auto& copy : {set, recoded(set)}) {
    EXPECT_EQ(copy.find(2'990), Answer::present);
    EXPECT_EQ(copy.find(2'985), Answer::absent);
    EXPECT_EQ(copy.find(440), Answer::present);
    EXPECT_EQ(copy.find(435), Answer::absent);
    EXPECT_EQ(copy.find(430), Answer::look_up);
    EXPECT_EQ(copy.find(-5), Answer::look_up);
  }
}

TEST(SequenceSet, NeverDeniesWhatWasAddedNorClaimsWhatWasNot) {
  std::mt19937_64 random(7);
  for (int turn = 0; turn < 50; ++turn) {
    SequenceSet set;
    std::set<std::int64_t> added;
    for (int i = 0; i < 500; ++i) {
      const auto number = static_cast<std::int64_t>(random() % 300);
      set.add(number);
      added.insert(number);
      if (i % 50 == 0) set = recoded(set);
    }
    for (std::int64_t number = -1; number <= 300; ++number) {
      const auto answer = set.find(number);
      if (answer == Answer::look_up) continue;
      EXPECT_EQ(answer == Answer::present, added.contains(number)) << number;
    }
  }
}

TEST(SequenceSet, DamagedBytesAreRefused) {
  using namespace std::string_literals;
  EXPECT_TRUE(SequenceSet::decode("\1\0\0"s).has_value());
  for (const auto& bytes : {""s, "\1"s, "\1\0"s, "\2\0\0"s, "\1\0\1\2"s, "\1\0\x7f\1\1"s,
                            "\1\0\0\0"s, "\1\1"s, "\1\0\2\4\0\0\0"s}) {
    EXPECT_FALSE(SequenceSet::decode(bytes).has_value());
  }
}

}  // namespace
}  // namespace wakeful::store::detail
