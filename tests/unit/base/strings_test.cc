#include "base/strings.h"

#include <gtest/gtest.h>

namespace wakeful {
namespace {

TEST(Nearest, FindsATypingError) {
  constexpr std::string_view kNames[] = {"listen", "store", "data"};
  EXPECT_EQ(nearest("lisen", kNames), "listen");
  EXPECT_EQ(nearest("completely-else", kNames), "");
}

}  // namespace
}  // namespace wakeful
