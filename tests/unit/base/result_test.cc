#include "base/result.h"

#include <set>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/guarded.h"

namespace wakeful {
namespace {

TEST(ErrcName, IsDifferentForEveryCode) {
  std::set<std::string_view> names;
  for (int number = 1; number <= static_cast<int>(Errc::too_large); ++number) {
    EXPECT_TRUE(names.insert(errc_name(Errc{number})).second) << number;
  }
  EXPECT_EQ(errc_name(Errc::not_found), "not_found");
}

TEST(Error, CarriesWhereItHappened) {
  const auto error = Error{Errc::io, "disk full"}.with_context("journal").with_context("commit");
  EXPECT_EQ(error.code, Errc::io);
  EXPECT_EQ(error.message, "commit: journal: disk full");
}

TEST(Result, HoldsAValueOrAnError) {
  const auto half = [](int number) -> Result<int> {
    if (number % 2 != 0) return fail(Errc::invalid, "odd");
    return number / 2;
  };
  EXPECT_EQ(*half(4), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error().message, "odd");
}

TEST(Check, AbortsWithTheConditionAndThePlace) {
  EXPECT_DEATH(WAKEFUL_CHECK(1 == 2), "result_test.cc:[0-9]+: contract broken: 1 == 2");
}

TEST(Guarded, GivesTheValueUnderItsLock) {
  Guarded<std::string> guarded("a");
  {
    auto locked = guarded.lock();
    *locked += 'b';
    EXPECT_EQ(locked->size(), 2U);
  }
  EXPECT_EQ(*guarded.lock(), "ab");
}

}  // namespace
}  // namespace wakeful
