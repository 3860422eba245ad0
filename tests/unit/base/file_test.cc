#include "base/file.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace wakeful {
namespace {

using testing::HasSubstr;

TEST(ReadFile, ReadsWhatWasWritten) {
  const test::TempFolder dir;
  std::string content(100'000, 'x');
  content[50'000] = '\0';
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", content));
  EXPECT_EQ(*read_file(dir.path() / "file"), content);
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", ""));
  EXPECT_EQ(*read_file(dir.path() / "file"), "");
}

TEST(ReadFile, ReadsKernelFilesWhoseSizeIsZero) {
  const auto text = read_file("/proc/self/stat");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_FALSE(text->empty());
}

TEST(ReadFile, NamesTheFileThatIsNotThere) {
  const test::TempFolder dir;
  const auto absent = read_file(dir.path() / "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::not_found);
  EXPECT_THAT(absent.error().message, HasSubstr((dir.path() / "absent").string()));
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "x"));
  const auto below = read_file(dir.path() / "file" / "below");
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().code, Errc::not_found);
}

TEST(ReadFile, SaysWhenItMayNot) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const test::TempFolder dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "x", 0200));
  const auto denied = read_file(dir.path() / "file");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Errc::denied);
}

TEST(ReadFile, HoldsItsLimit) {
  const test::TempFolder dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", std::string(101, 'x')));
  EXPECT_TRUE(read_file(dir.path() / "file", 101));
  const auto large = read_file(dir.path() / "file", 100);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::too_large);
  EXPECT_THAT(large.error().message, HasSubstr("longer than 100 bytes"));
}

TEST(ReadFile, FailsOnAFolder) {
  const test::TempFolder dir;
  const auto folder = read_file(dir.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::io);
}

TEST(WriteFileAtomic, SetsTheModeAndLeavesNothingBeside) {
  const test::TempFolder dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "first"));
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "second", 0600));
  EXPECT_EQ(*read_file(dir.path() / "file"), "second");
  struct stat status {};
  ASSERT_EQ(::stat((dir.path() / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto entries = std::distance(std::filesystem::directory_iterator(dir.path()), {});
  EXPECT_EQ(entries, 1);
}

TEST(WriteFileAtomic, SaysWhenTheFolderIsNotThere) {
  const test::TempFolder dir;
  const auto written = write_file_atomic(dir.path() / "absent" / "file", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::not_found);
}

}  // namespace
}  // namespace wakeful
