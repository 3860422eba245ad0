// The parsers and collectors of memory, load, uptime and identity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/loadavg.h"
#include "collect/meminfo.h"
#include "collect/os_release.h"
#include "tree.h"

namespace wakeful::collect {
namespace {

using model::Metric;
using test::fixture;

TEST(MemInfo, ReadsACapturedMachine) {
  const auto info = parse_meminfo(fixture("machines/hybrid-docker/t0/proc/meminfo"));
  ASSERT_TRUE(info.has_value());
  EXPECT_GT(info->total_bytes, 0u);
  ASSERT_TRUE(info->available_bytes.has_value());
  EXPECT_LT(*info->available_bytes, info->total_bytes);
  EXPECT_EQ(info->swap_total_bytes, 0u);
}

TEST(MemInfo, IgnoresLinesItDoesNotKnow) {
  const auto info = parse_meminfo("MemTotal: 4 kB\nNew: thing\nno colon\nHugePages_Total:  0\n");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->total_bytes, 4096u);
  EXPECT_FALSE(available_bytes(*info).has_value());
}

TEST(MemInfo, RefusesDamage) {
  for (const char* text :
       {"", "MemFree: 1 kB\n", "MemTotal: x kB\n", "MemTotal:\n", "MemTotal: -4 kB\n",
        "MemTotal: 18446744073709551615 kB\n", "MemTotal: 99999999999999999999999 kB\n"}) {
    const auto info = parse_meminfo(text);
    ASSERT_FALSE(info.has_value()) << text;
    EXPECT_EQ(info.error().code, Errc::parse);
    EXPECT_NE(info.error().message.find("Mem"), std::string::npos) << info.error().message;
  }
}

TEST(MemInfo, EstimatesWhatOldKernelsDoNotSay) {
  MemInfo info;
  info.total_bytes = 1000;
  info.free_bytes = 100;
  info.buffers_bytes = 50;
  info.cached_bytes = 300;
  info.shared_bytes = 20;
  EXPECT_EQ(available_bytes(info), 430u);
  info.shared_bytes = 5000;
  EXPECT_EQ(available_bytes(info), 0u);
  info.free_bytes = ~std::uint64_t{0};
  EXPECT_EQ(available_bytes(info), 1000u);
}

TEST(MemInfo, IsNeverMoreAvailableThanThereIs) {
  const auto info = parse_meminfo("MemTotal: 4 kB\nMemAvailable: 8 kB\n");
  EXPECT_EQ(available_bytes(*info), 4096u);
}

TEST(LoadAverage, ReadsThreeNumbers) {
  const auto load = parse_loadavg("0.50 12.25 3.00 2/345 678\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_EQ(load->load1, 0.5);
  EXPECT_EQ(load->load5, 12.25);
  EXPECT_EQ(load->load15, 3.0);
}

TEST(LoadAverage, RefusesDamage) {
  for (const char* text :
       {"", "0.5", "0.5 0.4", "0.5 x 0.4", "0.5 -1 0.4", "nan 0 0", "inf 0 0", "1e999 0 0"}) {
    EXPECT_FALSE(parse_loadavg(text).has_value()) << text;
  }
}

TEST(Uptime, ReadsSeconds) {
  EXPECT_EQ(*parse_uptime("1618.45 2997.36\n"), 1618.45);
  for (const char* text : {"", "x", "-1 0", "nan", "1e999"}) {
    EXPECT_FALSE(parse_uptime(text).has_value()) << text;
  }
}

TEST(OsRelease, ReadsQuotesAsTheShellDoes) {
  EXPECT_EQ(parse_os_release("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(parse_os_release("PRETTY_NAME='a \"b\" \\c'"), "a \"b\" \\c");
  EXPECT_EQ(parse_os_release("PRETTY_NAME=\"a \\\"b\\\" c\""), "a \"b\" c");
  EXPECT_EQ(parse_os_release("NAME=Gentoo\nVERSION=\"2.13\"\n"), "Gentoo 2.13");
  EXPECT_EQ(parse_os_release("NAME=Arch\n"), "Arch");
  EXPECT_EQ(parse_os_release("PRETTY_NAME=one\nPRETTY_NAME=two\n"), "two");
}

TEST(OsRelease, SurvivesDamage) {
  EXPECT_EQ(parse_os_release(""), "");
  EXPECT_EQ(parse_os_release("# nothing\n====\nPRETTY_NAME"), "");
  EXPECT_EQ(parse_os_release("PRETTY_NAME=\"no end"), "no end");
  EXPECT_EQ(parse_os_release("PRETTY_NAME=\"a\x01\xff z\""), "a?? z");
  EXPECT_LE(parse_os_release("PRETTY_NAME=" + std::string(5000, 'x')).size(), 1024u);
}

TEST(BootId, IsAUuidOrNothing) {
  EXPECT_EQ(parse_boot_id("8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10\n"),
            "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10");
  EXPECT_EQ(parse_boot_id(""), "");
  EXPECT_EQ(parse_boot_id("8c2f5f0e-5c1e-4b5e-9d57"), "");
  EXPECT_EQ(parse_boot_id("8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a1g"), "");
  EXPECT_EQ(parse_boot_id("8c2f5f0e+5c1e-4b5e-9d57-6a6a1c3f7a10"), "");
}

class HostCollectors : public ::testing::Test {
 protected:
  Result<void> collect(std::string_view name, model::Report& report) {
    return test::make(name, tree_.context(clock_))->collect(report);
  }

  test::Tree tree_;
  wakeful::test::FakeClock clock_;
};

TEST_F(HostCollectors, NameTheFileThatIsAbsentOrDamaged) {
  const std::pair<const char*, const char*> sources[] = {
      {"cpu", "stat"}, {"memory", "meminfo"}, {"load", "loadavg"}, {"uptime", "uptime"}};
  for (const auto& [name, file] : sources) {
    model::Report report;
    const auto absent = collect(name, report);
    ASSERT_FALSE(absent.has_value()) << name;
    EXPECT_EQ(absent.error().code, Errc::not_found) << name;
    for (const char* damage : {"", "?", "\xff\xfe\n", "\n\n\n"}) {
      tree_.write(std::string("proc/") + file, damage);
      const auto damaged = collect(name, report);
      ASSERT_FALSE(damaged.has_value()) << name;
      EXPECT_EQ(damaged.error().code, Errc::parse) << name;
      EXPECT_THAT(damaged.error().message, ::testing::HasSubstr(std::string("proc/") + file));
    }
    EXPECT_TRUE(report.metrics.empty()) << name;
  }
}

TEST_F(HostCollectors, RefuseAFileThatNeverEnds) {
  std::filesystem::create_symlink("/dev/zero", tree_.path() / "proc/meminfo");
  model::Report report;
  const auto done = collect("memory", report);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::too_large);
}

TEST_F(HostCollectors, GiveMemoryAndSwap) {
  tree_.write("proc/meminfo",
              "MemTotal: 100 kB\nMemAvailable: 25 kB\nSwapTotal: 10 kB\nSwapFree: 4 kB\n");
  model::Report report;
  ASSERT_TRUE(collect("memory", report).has_value());
  EXPECT_EQ(report.metrics,
            (std::vector<model::MetricValue>{{Metric::host_memory_total_bytes, 102400},
                                             {Metric::host_memory_available_bytes, 25600},
                                             {Metric::host_memory_used_bytes, 76800},
                                             {Metric::host_swap_total_bytes, 10240},
                                             {Metric::host_swap_used_bytes, 6144}}));
}

TEST_F(HostCollectors, LeaveOutWhatTheServerWouldRefuse) {
  tree_.write("proc/meminfo", "MemTotal: 9007199254740993 kB\nMemAvailable: 25 kB\n");
  model::Report report;
  ASSERT_TRUE(collect("memory", report).has_value());
  EXPECT_EQ(report.metrics,
            (std::vector<model::MetricValue>{{Metric::host_memory_available_bytes, 25600}}));
}

TEST_F(HostCollectors, GiveFacts) {
  tree_.write("proc/sys/kernel/random/boot_id", "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10\n");
  tree_.write("proc/sys/kernel/hostname", "gpu3\n");
  tree_.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  tree_.write("proc/sys/kernel/arch", "x86_64\n");
  tree_.write("root/usr/lib/os-release", "PRETTY_NAME=\"Fedora 42\"\n");
  tree_.write("sys/devices/system/cpu/online", "0-2,4\n");
  model::Report report;
  report.facts.agent_version = "1.2.3";
  ASSERT_TRUE(collect("identity", report).has_value());
  EXPECT_EQ(report.boot_id, "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10");
  EXPECT_EQ(report.facts,
            (model::HostFacts{"gpu3", "6.1.0-18-amd64", "Fedora 42", "x86_64", "1.2.3", 4}));
}

TEST_F(HostCollectors, CountCpusWithoutSysfs) {
  tree_.write("proc/stat", "cpu  1 1 1 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1\ncpu2 1 1 1 1\n");
  model::Report report;
  const auto done = collect("identity", report);
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, ::testing::HasSubstr("boot_id"));
  EXPECT_EQ(report.facts.cpu_count, 3) << "the other facts are there all the same";
  EXPECT_EQ(report.facts.architecture, "") << "another machine's tree says nothing of this one";
}

TEST_F(HostCollectors, ReadFactsAnewAfterAMinute) {
  tree_.write("proc/sys/kernel/random/boot_id", "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10\n");
  tree_.write("proc/sys/kernel/hostname", "old\n");
  const auto identity = test::make("identity", tree_.context(clock_));
  model::Report report;
  ASSERT_TRUE(identity->collect(report).has_value());
  tree_.write("proc/sys/kernel/hostname", "new\n");
  clock_.advance(Milliseconds(59'000));
  ASSERT_TRUE(identity->collect(report).has_value());
  EXPECT_EQ(report.facts.hostname, "old");
  clock_.advance(Milliseconds(1'000));
  ASSERT_TRUE(identity->collect(report).has_value());
  EXPECT_EQ(report.facts.hostname, "new");
}

TEST(Registry, HasTheNamesOfTheFiles) {
  std::vector<std::string_view> names;
  for (const auto& entry : all_collectors()) names.push_back(entry.name);
  EXPECT_THAT(names,
              ::testing::ElementsAre("identity", "cpu", "memory", "load", "uptime", "users"));
}

TEST(ThisMachine, IsReadByEveryCollector) {
  const wakeful::test::FakeClock clock;
  Context context;
  context.clock = &clock;
  model::Report report;
  for (const auto& entry : all_collectors()) {
    auto made = entry.make(context);
    ASSERT_TRUE(made.has_value()) << entry.name;
    const auto done = (*made)->collect(report);
    if (!done) {
      EXPECT_EQ(done.error().code, Errc::unsupported) << entry.name << done.error().message;
    }
  }
  EXPECT_TRUE(model::find_value(report.metrics, Metric::host_memory_used_bytes).has_value());
  EXPECT_GT(report.facts.cpu_count, 0);
  EXPECT_FALSE(report.facts.architecture.empty());
}

}  // namespace
}  // namespace wakeful::collect
