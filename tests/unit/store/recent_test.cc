#include "store/detail/recent.h"

#include <gtest/gtest.h>

namespace wakeful::store::detail {
namespace {

const model::ServerId kOne{1};
const model::ServerId kTwo{2};

class RecentTest : public testing::Test {
 protected:
  void add(model::ServerId server, std::int64_t batch, std::int64_t time_ms, bool begins = false,
           std::string_view bytes = "1234") {
    Row row;
    row.time_ms = time_ms;
    row.shape = std::make_shared<const Shape>();
    const NewRecord record{server, bytes, begins, &row};
    recent_.add(batch, {&record, 1});
  }
  std::size_t chunks(model::ServerId server, std::int64_t from = 0,
                     std::int64_t before = 1'000) const {
    return recent_.chunks(server, from, before).size();
  }

  Recent recent_;
};

TEST_F(RecentTest, OnlyTheLastChunkGrowsAndClosedOnesAreTakenOnce) {
  add(kOne, 1, 10, true);
  add(kOne, 2, 20);
  EXPECT_TRUE(recent_.take_closed(9).empty());
  add(kOne, 3, 30, true);
  EXPECT_EQ(chunks(kOne), 2U);
  EXPECT_EQ(chunks(kOne, 25, 40), 1U);
  EXPECT_EQ(chunks(kOne, 31, 40), 0U);
  const auto taken = recent_.take_closed(9);
  ASSERT_EQ(taken.size(), 1U);
  ASSERT_EQ(taken[0].chunks.size(), 1U);
  EXPECT_EQ(taken[0].chunks[0]->count, 2U);
  EXPECT_EQ(taken[0].chunks[0]->last_batch, 2);
  EXPECT_TRUE(recent_.take_closed(9).empty()) << "taken already";
  EXPECT_EQ(chunks(kOne), 2U) << "still read";
  EXPECT_EQ(recent_.first_batch(), 1);
  recent_.drop(taken[0]);
  EXPECT_EQ(chunks(kOne), 1U);
  EXPECT_EQ(recent_.first_batch(), 3);
  EXPECT_EQ(recent_.bytes(), 4U);
}

TEST_F(RecentTest, WhatIsPutBackIsGivenAgainWithWhatCameMeanwhile) {
  add(kOne, 1, 10, true);
  recent_.close_chunk(kOne);
  const auto taken = recent_.take_closed(9);
  add(kOne, 2, 20, true);
  recent_.close_chunk(kOne);
  EXPECT_TRUE(recent_.take_closed(9).empty());
  recent_.put_back(taken[0]);
  const auto again = recent_.take_closed(9);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].chunks.size(), 2U);
  recent_.drop(again[0]);
  EXPECT_EQ(recent_.bytes(), 0U);
  EXPECT_EQ(recent_.first_batch(), std::nullopt);
}

TEST_F(RecentTest, WhatIsClosedWhileTheServerIsTakenComesNext) {
  add(kOne, 1, 10, true);
  recent_.close_chunk(kOne);
  const auto first = recent_.take_closed(9);
  add(kOne, 2, 20, true);
  recent_.close_chunk(kOne);
  recent_.drop(first[0]);
  const auto second = recent_.take_closed(9);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].chunks[0]->first_batch, 2);
}

TEST_F(RecentTest, AServerThatIsForgottenWhileItIsTakenIsGone) {
  for (const bool works : {true, false}) {
    add(kOne, 1, 10, true);
    add(kTwo, 1, 10, true);
    recent_.close_chunk(kOne);
    const auto taken = recent_.take_closed(9);
    ASSERT_EQ(taken.size(), 1U);
    recent_.forget(kOne);
    if (works) {
      recent_.drop(taken[0]);
    } else {
      recent_.put_back(taken[0]);
    }
    EXPECT_TRUE(recent_.take_closed(9).empty());
    EXPECT_EQ(recent_.bytes(), 4U);
    EXPECT_EQ(recent_.newest(kOne), std::nullopt);
    recent_.forget(kTwo);
  }
}

TEST_F(RecentTest, AServerThatIsForgottenWhileItWaitsIsNotGiven) {
  add(kOne, 1, 10, true);
  recent_.close_chunk(kOne);
  recent_.forget(kOne);
  EXPECT_TRUE(recent_.take_closed(9).empty());
  EXPECT_EQ(recent_.bytes(), 0U);
}

TEST_F(RecentTest, TakesAsManyServersAsAskedFor) {
  for (std::int64_t server = 1; server <= 5; ++server) {
    add(model::ServerId{server}, server, 10, true);
    recent_.close_chunk(model::ServerId{server});
  }
  EXPECT_EQ(recent_.take_closed(2).size(), 2U);
  EXPECT_EQ(recent_.take_closed(9).size(), 3U);
}

TEST_F(RecentTest, TheNewestIsByTime) {
  add(kOne, 1, 50, true);
  add(kOne, 2, 40);
  EXPECT_EQ(recent_.newest_ms(kOne), 50);
  Row row;
  row.time_ms = 99;
  row.shape = std::make_shared<const Shape>();
  recent_.set_newest(kTwo, row);
  EXPECT_EQ(recent_.servers(), (std::vector{kOne, kTwo}));
  EXPECT_EQ(chunks(kTwo), 0U);
}

TEST_F(RecentTest, NamesServersWhoseOpenChunkIsOld) {
  add(kOne, 7, 500, true);
  add(kTwo, 3, 900, true);
  EXPECT_EQ(recent_.with_open_chunk(3, 0), std::vector{kTwo});
  EXPECT_EQ(recent_.with_open_chunk(0, 501), std::vector{kOne});
  recent_.close_chunk(kOne);
  EXPECT_TRUE(recent_.with_open_chunk(0, 501).empty());
}

}  // namespace
}  // namespace wakeful::store::detail
