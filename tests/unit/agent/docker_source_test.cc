// The engine's side as it goes wrong in life: absent, forbidden, hanging, dripping, lying.
#include "agent/docker_source.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/fake_engine.h"
#include "support/temp_folder.h"
#include "unit/agent/loop_support.h"

namespace wakeful::agent {
namespace {

using test::EngineAnswer;
using test::FakeEngine;
using test::run_for;
using test::run_until;
using Manner = EngineAnswer::Manner;

constexpr const char* kList = "/containers/json";

std::string listed(const std::string& id, const std::string& state, const std::string& status) {
  return R"({"Id":")" + id + R"(","Names":["/)" + id + R"("],"Image":"busybox","State":")" + state +
         R"(","Status":")" + status + R"("})";
}

std::string inspected(const std::string& id, int pid) {
  return R"({"Id":")" + id + R"(","State":{"Status":"running","Pid":)" + std::to_string(pid) +
         R"(,"ExitCode":0},"HostConfig":{"Memory":67108864,"NanoCpus":500000000}})";
}

EngineAnswer ok(std::string body) { return {Manner::normal, 200, std::move(body)}; }

class DockerSourceTest : public ::testing::Test {
 protected:
  DockerSourceTest() {
    options.list_timeout = Milliseconds{300};
    options.detail_timeout = Milliseconds{200};
    options.list_fresh = Milliseconds{60'000};
    options.first_retry = Milliseconds{10};
    options.longest_retry = Milliseconds{20};
  }

  std::string socket() const { return (dir.path() / "d.sock").string(); }

  void start_source() {
    if (options.endpoints.empty()) {
      options.endpoints.push_back(*net::parse_endpoint("unix:" + socket()));
    }
    source = std::make_unique<DockerSource>(loop, clock, options);
  }

  /// One round, to its end. Waits until the source is willing to try.
  bool round() {
    bool done = false;
    source->on_idle([&] { done = true; });
    const bool ended = run_until(loop, [&] {
      if (!done && source->idle()) source->refresh();
      return done;
    });
    source->on_idle({});
    return ended;
  }

  test::TempFolder dir;
  net::Loop loop;
  SystemClock clock;
  DockerOptions options;
  std::unique_ptr<DockerSource> source;
};

TEST_F(DockerSourceTest, ListsContainersAndCompletesThemFromInspect) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("aa", "running", "Up 3 hours") + "," +
                       listed("bb", "exited", "Exited (3) 2 minutes ago") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 4711)));
  start_source();
  ASSERT_TRUE(round());
  const auto snapshot = source->current();
  EXPECT_FALSE(snapshot.problem) << snapshot.problem->message;
  ASSERT_TRUE(snapshot.containers);
  ASSERT_EQ(snapshot.containers->size(), 2U);
  const auto& running = snapshot.containers->front();
  EXPECT_EQ(running.container.name, "aa");
  EXPECT_EQ(running.pid, 4711);
  EXPECT_EQ(running.memory_limit_bytes, 64 << 20);
  EXPECT_EQ(running.cpu_limit_cores, 0.5);
  EXPECT_EQ(snapshot.containers->back().container.exit_code, 3);
  EXPECT_EQ(engine.requests("/containers/bb/json"), 0) << "the list says all about what ended";
}

TEST_F(DockerSourceTest, InspectsOnlyWhatIsNewOrHasChanged) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("aa", "running", "Up 3 hours") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 1)));
  start_source();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/aa/json"), 1);

  engine.set(kList, ok("[" + listed("aa", "paused", "Up 3 hours (Paused)") + "]"));
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/aa/json"), 2) << "its state changed";
  engine.set(kList, ok("[" + listed("aa", "exited", "Exited (1) 1 second ago") + "]"));
  ASSERT_TRUE(round());
  EXPECT_FALSE(source->current().containers->front().pid) << "what ended has no pid";
  engine.set(kList, ok("[" + listed("aa", "running", "Up 3 hours") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 2)));
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/aa/json"), 3);
  EXPECT_EQ(source->current().containers->front().pid, 2);
}

TEST_F(DockerSourceTest, ARoundAsksForABoundedNumberOfDetails) {
  options.details.max_requests_per_round = 2;
  FakeEngine engine(socket());
  std::string list = "[";
  for (const char* id : {"a1", "a2", "a3", "a4", "a5"}) {
    if (list.size() > 1) list += ',';
    list += listed(id, "running", "Up 3 hours");
    engine.set("/containers/" + std::string(id) + "/json", ok(inspected(id, 7)));
  }
  engine.set(kList, ok(list + "]"));
  start_source();
  const auto known = [&] {
    int count = 0;
    const auto snapshot = source->current();
    for (const auto& entry : *snapshot.containers) count += entry.pid ? 1 : 0;
    return count;
  };
  ASSERT_TRUE(round());
  EXPECT_EQ(known(), 2);
  ASSERT_TRUE(round());
  EXPECT_EQ(known(), 4);
  ASSERT_TRUE(round());
  EXPECT_EQ(known(), 5);
}

TEST_F(DockerSourceTest, AnAbsentEngineIsNamedWithTheRemedyAndFoundWhenItComes) {
  start_source();
  source->refresh();
  auto snapshot = source->current();
  EXPECT_FALSE(snapshot.containers);
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(snapshot.problem->source, "docker");
  EXPECT_EQ(snapshot.problem->code, Errc::not_found);
  EXPECT_THAT(snapshot.problem->message, ::testing::HasSubstr(socket()));
  EXPECT_THAT(snapshot.problem->message, ::testing::HasSubstr("--docker off"));

  FakeEngine engine(socket());
  engine.set(kList, ok("[]"));
  ASSERT_TRUE(run_until(loop, [&] {
    source->refresh();
    return source->current().containers.has_value();
  }));
  EXPECT_FALSE(source->current().problem);
  EXPECT_TRUE(source->current().containers->empty());
}

TEST_F(DockerSourceTest, TheOtherUsualSocketIsTriedToo) {
  const std::string other = (dir.path() / "other.sock").string();
  options.endpoints = {*net::parse_endpoint("unix:" + socket()),
                       *net::parse_endpoint("unix:" + other)};
  FakeEngine engine(other);
  engine.set(kList, ok("[]"));
  start_source();
  ASSERT_TRUE(round());
  EXPECT_TRUE(source->current().containers);
}

TEST_F(DockerSourceTest, ASocketWithoutAnEngineBehindItIsUnavailable) {
  // A file that was a socket once: what a crashed engine leaves.
  const std::string stale = (dir.path() / "stale.sock").string();
  options.endpoints = {*net::parse_endpoint("unix:" + stale)};
  ASSERT_EQ(::mknod(stale.c_str(), S_IFSOCK | 0600, 0), 0);
  start_source();
  ASSERT_TRUE(round());
  const auto snapshot = source->current();
  EXPECT_FALSE(snapshot.containers);
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(snapshot.problem->code, Errc::unavailable);
}

TEST_F(DockerSourceTest, AForbiddenSocketSaysWhoMayReadIt) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[]"));
  ASSERT_EQ(::chmod(socket().c_str(), 0600), 0);
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  } else {
    ASSERT_EQ(::chmod(socket().c_str(), 0), 0);
  }
  start_source();
  const bool ended = round();
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_TRUE(ended);
  const auto snapshot = source->current();
  EXPECT_FALSE(snapshot.containers);
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(snapshot.problem->code, Errc::denied);
  EXPECT_THAT(snapshot.problem->message, ::testing::HasSubstr("group docker"));
}

TEST_F(DockerSourceTest, AHangingEngineLeavesTheLastListAndSaysSinceWhen) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("aa", "running", "Up 3 hours") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 1)));
  start_source();
  ASSERT_TRUE(round());
  engine.set(kList, {Manner::hang, 200, ""});
  ASSERT_TRUE(round());
  auto snapshot = source->current();
  ASSERT_TRUE(snapshot.containers) << "the last list is still fresh";
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(snapshot.problem->code, Errc::timeout);
  EXPECT_THAT(snapshot.problem->message, ::testing::HasSubstr("has not answered since 20"));

  const std::string first = snapshot.problem->message;
  ASSERT_TRUE(round());
  EXPECT_EQ(source->current().problem->message, first) << "since the first silence, not the last";

  engine.set(kList, ok("[]"));
  ASSERT_TRUE(round());
  EXPECT_FALSE(source->current().problem);
}

TEST_F(DockerSourceTest, AnOldListIsNotReportedAsIfItWereNew) {
  options.list_fresh = Milliseconds{0};
  FakeEngine engine(socket());
  engine.set(kList, ok("[]"));
  start_source();
  ASSERT_TRUE(round());
  engine.set(kList, {Manner::hang, 200, ""});
  ASSERT_TRUE(round());
  const auto snapshot = source->current();
  EXPECT_FALSE(snapshot.containers);
  ASSERT_TRUE(snapshot.problem);
}

struct BadAnswer {
  const char* name;
  EngineAnswer answer;
  Errc code;
};

class BadAnswerTest : public DockerSourceTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswerTest, BecomesAProblemWithinTheDeadline) {
  options.max_list_bytes = 64 << 10;
  FakeEngine engine(socket());
  engine.set(kList, GetParam().answer);
  start_source();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(round());
  EXPECT_LT(std::chrono::steady_clock::now() - start, Milliseconds{3000});
  const auto snapshot = source->current();
  EXPECT_FALSE(snapshot.containers);
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(errc_name(snapshot.problem->code), errc_name(GetParam().code))
      << snapshot.problem->message;
  EXPECT_LE(snapshot.problem->message.size(), 1024U);
}

INSTANTIATE_TEST_SUITE_P(
    Engine, BadAnswerTest,
    ::testing::Values(
        BadAnswer{
            "Garbage", {Manner::raw, 200, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n"}, Errc::parse},
        BadAnswer{"NotJson", ok("<html></html>"), Errc::parse},
        BadAnswer{"AnObject", ok(R"({"message":"no"})"), Errc::invalid},
        BadAnswer{"AByteAtATime", {Manner::drip, 200, std::string(2000, ' ')}, Errc::timeout},
        BadAnswer{"Hangs", {Manner::hang, 200, ""}, Errc::timeout},
        BadAnswer{"TooLarge", ok(std::string(1 << 20, ' ')), Errc::too_large},
        BadAnswer{"ServerError", {Manner::normal, 500, std::string(5000, 'x')}, Errc::unavailable},
        BadAnswer{"Forbidden", {Manner::normal, 403, "authorization plugin"}, Errc::denied},
        BadAnswer{"HangsUp", {Manner::hang_up, 200, ""}, Errc::unavailable}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(DockerSourceTest, AFailingEngineIsLeftAloneForAWhile) {
  options.first_retry = options.longest_retry = Milliseconds{60'000};
  FakeEngine engine(socket());
  engine.set(kList, {Manner::normal, 500, "no"});
  start_source();
  ASSERT_TRUE(round());
  for (int i = 0; i < 5; ++i) {
    source->refresh();
    run_for(loop, Milliseconds{5});
  }
  EXPECT_EQ(engine.requests(kList), 1);
}

TEST_F(DockerSourceTest, AContainerWhoseInspectHangsDelaysNeitherTheListNorTheOthers) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("a1", "running", "Up 3 hours") + "," +
                       listed("a2", "running", "Up 3 hours") + "]"));
  engine.set("/containers/a1/json", {Manner::hang, 200, ""});
  engine.set("/containers/a2/json", ok(inspected("a2", 22)));
  start_source();
  ASSERT_TRUE(round());
  auto snapshot = source->current();
  ASSERT_TRUE(snapshot.containers);
  ASSERT_EQ(snapshot.containers->size(), 2U);
  EXPECT_FALSE(snapshot.containers->front().pid);
  EXPECT_EQ(snapshot.containers->back().pid, 22);
  ASSERT_TRUE(snapshot.problem);
  EXPECT_EQ(snapshot.problem->code, Errc::timeout);
  EXPECT_THAT(snapshot.problem->message, ::testing::HasSubstr("container a1"));
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/a1/json"), 1) << "it is left alone for a while";
}

TEST_F(DockerSourceTest, ARestartBetweenTwoListsIsNoticedByItsStatus) {
  options.details.refresh = Milliseconds{3'600'000};
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("aa", "running", "Up 3 hours") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 1)));
  // The clock is not waited for: an hour passes between the two lists.
  class JumpingClock final : public Clock {
   public:
    WallTime wall_now() const override { return system.wall_now() + jump; }
    MonoTime mono_now() const override { return system.mono_now() + jump; }
    SystemClock system;
    Milliseconds jump{0};
  };
  JumpingClock jumping;
  options.endpoints.push_back(*net::parse_endpoint("unix:" + socket()));
  source = std::make_unique<DockerSource>(loop, jumping, options);
  ASSERT_TRUE(round());
  jumping.jump = Milliseconds{600'000};
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/aa/json"), 1);
  engine.set(kList, ok("[" + listed("aa", "running", "Up 5 seconds") + "]"));
  engine.set("/containers/aa/json", ok(inspected("aa", 2)));
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/aa/json"), 2);
  EXPECT_EQ(source->current().containers->front().pid, 2);
  source.reset();
}

TEST_F(DockerSourceTest, StatsAreAskedOnlyForWhatCannotBeRead) {
  FakeEngine engine(socket());
  engine.set(kList, ok("[" + listed("a1", "running", "Up 3 hours") + "," +
                       listed("a2", "running", "Up 3 hours") + "]"));
  engine.set("/containers/a1/json", ok(inspected("a1", 1)));
  engine.set("/containers/a2/json", ok(inspected("a2", 2)));
  engine.set(
      "/containers/a1/stats",
      ok(R"({"cpu_stats":{"cpu_usage":{"total_usage":5000}},"memory_stats":{"usage":9000}})"));
  start_source();
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/a1/stats"), 0);
  source->set_unreadable({"a1"});
  ASSERT_TRUE(round());
  EXPECT_EQ(engine.requests("/containers/a1/stats"), 1);
  EXPECT_EQ(engine.requests("/containers/a2/stats"), 0);
  ASSERT_TRUE(source->stats().contains("a1"));
  EXPECT_EQ(source->stats().at("a1").cpu_usage_ns, 5000U);
  source->set_unreadable({});
  ASSERT_TRUE(round());
  EXPECT_TRUE(source->stats().empty());
}

TEST_F(DockerSourceTest, MayEndWhileARequestRuns) {
  FakeEngine engine(socket());
  engine.set(kList, {Manner::hang, 200, ""});
  start_source();
  source->refresh();
  ASSERT_TRUE(run_until(loop, [&] { return engine.requests(kList) == 1; }));
  source.reset();
  run_for(loop, Milliseconds{400});
}

TEST(RecentStart, ReadsTheEnginesWords) {
  EXPECT_EQ(recent_start("Up Less than a second"), Milliseconds{1000});
  EXPECT_EQ(recent_start("Up 1 second"), Milliseconds{2000});
  EXPECT_EQ(recent_start("Up 59 seconds (healthy)"), Milliseconds{60'000});
  for (const char* text :
       {"Up About a minute", "Up 3 hours", "Up 5 minutes (Paused)", "Created",
        "Exited (0) 5 seconds ago", "", "Up", "Up -5 seconds", "Up 99999999999999999999 seconds"}) {
    EXPECT_FALSE(recent_start(text)) << text;
  }
}

}  // namespace
}  // namespace wakeful::agent
