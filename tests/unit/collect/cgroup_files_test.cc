#include "collect/cgroup_files.h"

#include <gtest/gtest.h>

#include "tree.h"

namespace wakeful::collect {
namespace {

using test::fixture;

TEST(ProcCgroup, ReadsBothVersions) {
  const auto lines = parse_proc_cgroup(
      "12:cpu,cpuacct:/docker/a:b\n1:name=systemd:/init.scope\n0::/system.slice\n");
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ((*lines)[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ((*lines)[0].path, "/docker/a:b");
  EXPECT_EQ((*lines)[1].controllers, (std::vector<std::string>{"name=systemd"}));
  EXPECT_TRUE((*lines)[2].controllers.empty());
  EXPECT_TRUE(parse_proc_cgroup("")->empty());
}

TEST(ProcCgroup, RefusesDamage) {
  for (const char* text : {"x", "1:cpu", "1:cpu:", "1:cpu:relative", "0::"}) {
    EXPECT_FALSE(parse_proc_cgroup(text).has_value()) << text;
  }
}

TEST(CgroupMounts, ReadACapturedMachine) {
  const auto mounts = parse_cgroup_mounts(fixture("machines/hybrid-docker/t0/proc/self/mountinfo"));
  ASSERT_EQ(mounts.size(), 10u);
  EXPECT_EQ(mounts[0].mount_point, "/sys/fs/cgroup/cpu");
  EXPECT_EQ(mounts[0].controllers, (std::vector<std::string>{"rw", "cpu"}));
  EXPECT_FALSE(mounts[0].version2);
  EXPECT_TRUE(mounts[9].version2);
  EXPECT_EQ(mounts[9].root, "/");
}

TEST(CgroupMounts, DecodeBlanksAndIgnoreDamage) {
  const auto mounts = parse_cgroup_mounts(
      "1 2 0:1 /docker/x /mnt/a\\040b rw shared:1 master:2 - cgroup2 cgroup rw\n"
      "1 2 0:1 / / rw - ext4 /dev/vda rw\n"
      " - cgroup2\n1 2 3 - cgroup cgroup\n - \n-\n\ngarbage cgroup cgroup2\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].mount_point, "/mnt/a b");
  EXPECT_EQ(mounts[0].root, "/docker/x");
}

TEST(FlatKey, IsFoundByItsWholeName) {
  const std::string_view text = "inactive_file_x 1\nactive_file 2\ninactive_file 3\nlast 4";
  EXPECT_EQ(**find_flat_key(text, "inactive_file"), 3u);
  EXPECT_EQ(**find_flat_key(text, "last"), 4u);
  EXPECT_FALSE(find_flat_key(text, "file")->has_value());
  EXPECT_FALSE(find_flat_key("", "file")->has_value());
  EXPECT_FALSE(find_flat_key("file", "file")->has_value());
  EXPECT_FALSE(find_flat_key("file x\n", "file").has_value());
  EXPECT_FALSE(find_flat_key("file -1\n", "file").has_value());
  EXPECT_FALSE(find_flat_key("file 99999999999999999999\n", "file").has_value());
}

TEST(SingleNumber, IsWholeAndFits) {
  EXPECT_EQ(*parse_single_number("18446744073709551615\n"), ~std::uint64_t{0});
  for (const char* text : {"", "x", "-1", "18446744073709551616", "1 2"}) {
    EXPECT_FALSE(parse_single_number(text).has_value()) << text;
  }
}

TEST(MemoryLimit, KnowsNoLimitOfBothVersions) {
  EXPECT_EQ(**parse_memory_limit("67108864\n"), 67108864u);
  EXPECT_FALSE(parse_memory_limit("max\n")->has_value());
  EXPECT_FALSE(parse_memory_limit("9223372036854771712\n")->has_value()) << "4 KiB pages";
  EXPECT_FALSE(parse_memory_limit("9223372036854710272\n")->has_value()) << "64 KiB pages";
  for (const char* text : {"", "none", "-1", "maximum"}) {
    EXPECT_FALSE(parse_memory_limit(text).has_value()) << text;
  }
}

TEST(CpuLimit, IsInCores) {
  EXPECT_EQ(**parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_EQ(**parse_cpu_max("50000"), 0.5);
  EXPECT_FALSE(parse_cpu_max("max 100000\n")->has_value());
  EXPECT_EQ(**parse_cfs_limit("50000\n", "100000\n"), 0.5);
  EXPECT_FALSE(parse_cfs_limit("-1\n", "100000\n")->has_value());
  for (const char* text : {"", "x 1", "0 100000", "5 0", "5 -1", "5 x"}) {
    EXPECT_FALSE(parse_cpu_max(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace wakeful::collect
