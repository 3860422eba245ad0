// The schedule and the report, on a small made-up machine, with an engine that misbehaves.
#include "agent/agent.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/once.h"
#include "agent/print.h"
#include "support/fake_clock.h"
#include "support/fake_engine.h"
#include "support/temp_folder.h"
#include "unit/agent/loop_support.h"

namespace wakeful::agent {
namespace {

using test::EngineAnswer;
using test::FakeEngine;
using test::run_until;
using Manner = EngineAnswer::Manner;

constexpr const char* kBootId = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10";
constexpr const char* kList = "/containers/json";

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    write("proc/sys/kernel/random/boot_id", std::string(kBootId) + "\n");
    write("proc/sys/kernel/hostname", "gpu3\n");
    write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n");
    write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n");
    write("proc/loadavg", "0.50 0.25 0.10 1/100 4711\n");
    write("proc/uptime", "1000.00 900.00\n");
    std::filesystem::create_directories(dir.path() / "sys");
    context.proc_root = dir.path() / "proc";
    context.sys_root = dir.path() / "sys";
    context.file_root = dir.path();
    context.clock = &clock;
  }

  void write(const std::string& name, const std::string& content) const {
    const auto path = dir.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  void use_docker(Milliseconds interval) {
    const std::string url = "unix:" + (dir.path() / "d.sock").string();
    docker = std::make_unique<DockerSource>(loop, clock,
                                            docker_options({*net::parse_endpoint(url)}, interval));
  }

  void make_builder(Milliseconds interval) {
    ReportBuilder::Options options;
    options.context = context;
    options.interval = interval;
    options.run_id = "5f0c1e2d3a4b5968";
    builder = std::make_unique<ReportBuilder>(options, docker.get());
  }

  test::TempFolder dir;
  net::Loop loop;
  SystemClock clock;
  collect::Context context;
  std::unique_ptr<DockerSource> docker;
  std::unique_ptr<ReportBuilder> builder;
};

TEST_F(AgentTest, AReportCarriesWhoItIsAndWhatWasRead) {
  make_builder(Milliseconds{8000});
  builder->prime();
  const auto first = builder->build();
  const auto second = builder->build();
  EXPECT_EQ(first.boot_id, kBootId);
  EXPECT_EQ(first.agent_run, "5f0c1e2d3a4b5968");
  EXPECT_EQ(first.sequence, 1U) << "priming uses none";
  EXPECT_EQ(second.sequence, 2U);
  EXPECT_EQ(first.interval, Milliseconds{8000});
  EXPECT_TRUE(first.time);
  EXPECT_EQ(first.facts.hostname, "gpu3");
  EXPECT_FALSE(first.facts.agent_version.empty());
  EXPECT_EQ(model::find_value(first.metrics, model::Metric::host_load1), 0.5);
  EXPECT_EQ(model::find_value(first.metrics, model::Metric::host_memory_total_bytes), 1000 * 1024);
  EXPECT_FALSE(first.containers) << "nobody asked for them";
}

TEST_F(AgentTest, ASourceThatCannotBeReadIsAProblemAndTheRestIsReported) {
  make_builder(Milliseconds{8000});
  std::filesystem::remove(dir.path() / "proc/meminfo");
  const auto report = builder->build();
  EXPECT_EQ(model::find_value(report.metrics, model::Metric::host_load1), 0.5);
  EXPECT_THAT(report.problems,
              ::testing::Contains(::testing::Field(&model::SourceProblem::source, "memory")));
}

TEST_F(AgentTest, WithoutABootIdTheRunStandsInForIt) {
  std::filesystem::remove(dir.path() / "proc/sys/kernel/random/boot_id");
  make_builder(Milliseconds{8000});
  const auto report = builder->build();
  EXPECT_EQ(report.boot_id, "run-5f0c1e2d3a4b5968");
  EXPECT_FALSE(report.problems.empty());
}

TEST_F(AgentTest, RunIdsDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(make_run_id());
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(ids.begin()->size(), 16U);
}

struct Trouble {
  const char* name;
  EngineAnswer answer;
};

class TroubleTest : public AgentTest, public ::testing::WithParamInterface<Trouble> {};

TEST_P(TroubleTest, ReportsComeOnTimeAndSayWhy) {
  constexpr Milliseconds kInterval{200};
  FakeEngine engine((dir.path() / "d.sock").string());
  engine.set(kList, GetParam().answer);
  use_docker(kInterval);
  make_builder(kInterval);
  std::vector<std::chrono::steady_clock::time_point> times;
  std::vector<model::Report> reports;
  Agent agent(loop, *builder, docker.get(), kInterval, [&](const model::Report& report) {
    times.push_back(std::chrono::steady_clock::now());
    reports.push_back(report);
  });
  const auto start = std::chrono::steady_clock::now();
  agent.start();
  ASSERT_TRUE(run_until(loop, [&] { return reports.size() >= 8; }));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto planned = start + kInterval * static_cast<int>(i + 1);
    EXPECT_GE(times[i], planned - Milliseconds{5}) << "report " << i;
    EXPECT_LT(times[i], planned + kInterval) << "report " << i << " drifted by a whole interval";
    EXPECT_EQ(reports[i].sequence, i + 1);
    EXPECT_TRUE(model::find_value(reports[i].metrics, model::Metric::host_load1));
  }
  EXPECT_FALSE(reports.back().containers);
  EXPECT_THAT(reports.back().problems,
              ::testing::Contains(::testing::Field(&model::SourceProblem::source, "docker")));
}

INSTANTIATE_TEST_SUITE_P(
    Engine, TroubleTest,
    ::testing::Values(Trouble{"Hangs", {Manner::hang, 200, ""}},
                      Trouble{"AByteAtATime", {Manner::drip, 200, std::string(100'000, ' ')}},
                      Trouble{"Garbage", {Manner::raw, 200, std::string(100'000, '\xff')}},
                      Trouble{"HangsUp", {Manner::hang_up, 200, ""}},
                      Trouble{"HundredMegabytes",
                              {Manner::normal, 200, std::string(100 << 20, '[')}}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(AgentTest, ContainersAreReportedWhenTheEngineAnswers) {
  FakeEngine engine((dir.path() / "d.sock").string());
  engine.set(kList, {Manner::normal, 200,
                     R"([{"Id":"aa","Names":["/job"],"Image":"busybox","State":"exited",
                         "Status":"Exited (3) 2 minutes ago"}])"});
  use_docker(Milliseconds{200});
  make_builder(Milliseconds{200});
  model::Report last;
  Agent agent(loop, *builder, docker.get(), Milliseconds{200},
              [&](const model::Report& report) { last = report; });
  agent.start();
  ASSERT_TRUE(run_until(loop, [&] { return last.containers && !last.containers->empty(); }));
  const auto& container = last.containers->front();
  EXPECT_EQ(container.name, "job");
  EXPECT_EQ(container.state, model::ContainerState::exited);
  EXPECT_EQ(container.exit_code, 3);
}

TEST(DockerLead, LeavesTimeForTheAnswerWithinTheInterval) {
  EXPECT_EQ(docker_lead(Milliseconds{8000}, Milliseconds{0}), Milliseconds{200});
  EXPECT_EQ(docker_lead(Milliseconds{8000}, Milliseconds{300}), Milliseconds{800});
  EXPECT_EQ(docker_lead(Milliseconds{1000}, Milliseconds{900}), Milliseconds{500});
}

TEST_F(AgentTest, OnceReadsTwiceAndWaitsForTheEngine) {
  FakeEngine engine((dir.path() / "d.sock").string());
  engine.set(kList, {Manner::normal, 200,
                     R"([{"Id":"aa","Names":["/job"],"Image":"busybox","State":"exited",
                         "Status":"Exited (3) 2 minutes ago"}])"});
  use_docker(Milliseconds{8000});
  make_builder(Milliseconds{8000});
  std::optional<model::Report> got;
  OnceReading once(loop, *builder, docker.get(),
                   [&](const model::Report& report) { got = report; });
  once.start();
  ASSERT_TRUE(run_until(loop, [&] { return engine.requests(kList) == 2; }));
  // The first reading is done; the second comes with this answer.
  write("proc/stat", "cpu  150 0 150 900 0 0 0 0 0 0\ncpu0 150 0 150 900 0 0 0 0 0 0\n");
  ASSERT_TRUE(run_until(loop, [&] { return got.has_value(); }));
  EXPECT_EQ(got->sequence, 1U);
  EXPECT_TRUE(model::find_value(got->metrics, model::Metric::host_cpu_ratio));
  ASSERT_TRUE(got->containers);
  EXPECT_EQ(got->containers->front().exit_code, 3);
}

TEST_F(AgentTest, OnceComesToAnEndWithoutAnEngine) {
  use_docker(Milliseconds{8000});
  make_builder(Milliseconds{8000});
  std::optional<model::Report> got;
  OnceReading once(loop, *builder, docker.get(),
                   [&](const model::Report& report) { got = report; });
  once.start();
  ASSERT_TRUE(run_until(loop, [&] { return got.has_value(); }));
  EXPECT_FALSE(got->containers);
  EXPECT_FALSE(got->problems.empty());
}

TEST(DescribeReport, ShowsValuesForPeopleAndNoControlCharacters) {
  model::Report report;
  report.facts.hostname = "gpu3";
  report.metrics = {{model::Metric::host_cpu_ratio, 0.1234},
                    {model::Metric::host_memory_used_bytes, 1048576.0 * 3}};
  report.core_cpu_ratio = {0.5, std::numeric_limits<double>::quiet_NaN()};
  model::Container container;
  container.name = "we\x1b[31mb";
  container.state = model::ContainerState::exited;
  container.exit_code = 3;
  report.containers = {container};
  report.problems = {{"docker", Errc::denied, "no permission"}};
  const std::string text = describe_report(report);
  for (const char* part : {"gpu3", "12.34 %", "3.0 MiB", "50.0 offline", "container we?[31mb",
                           "exited", "3", "denied", "no permission"}) {
    EXPECT_THAT(text, ::testing::HasSubstr(part));
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(DescribeReport, TellsNoContainersFromNotKnown) {
  model::Report report;
  EXPECT_THAT(describe_report(report), ::testing::HasSubstr("containers: not known"));
  report.containers.emplace();
  EXPECT_THAT(describe_report(report), ::testing::HasSubstr("containers: none"));
}

TEST(DescribeOutcome, ShowsStatusAnswerAndReason) {
  UplinkOutcome outcome;
  outcome.kind = UplinkOutcome::Kind::refused;
  outcome.status = 401;
  outcome.answer = "{\"status\": 401}";
  outcome.message = "unknown key";
  const std::string text = describe_outcome(outcome);
  EXPECT_THAT(text, ::testing::HasSubstr("status\n401"));
  EXPECT_THAT(text, ::testing::HasSubstr("not acknowledged: unknown key"));
}

}  // namespace
}  // namespace wakeful::agent
