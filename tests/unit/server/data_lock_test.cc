#include "server/data_lock.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace wakeful::server {
namespace {

using testing::HasSubstr;

TEST(DataLock, MakesTheFolderForItsOwnerOnly) {
  const test::TempFolder folder;
  const auto data = folder.path() / "a" / "data";
  ASSERT_TRUE(DataLock::take(data));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
}

TEST(DataLock, IsHeldByOneAtATime) {
  const test::TempFolder folder;
  auto first = DataLock::take(folder.path());
  ASSERT_TRUE(first);
  const auto second = DataLock::take(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_THAT(second.error().message, HasSubstr(folder.path().string()));
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  first->reset();
  EXPECT_TRUE(DataLock::take(folder.path()));
}

TEST(DataLock, AFileInPlaceOfTheFolderIsAnError) {
  const test::TempFolder folder;
  const auto lock = DataLock::take("/dev/null/data");
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, HasSubstr("/dev/null/data"));
}

}  // namespace
}  // namespace wakeful::server
