#include "fleet/fleet.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/detail/cause.h"
#include "support/fleet_reports.h"

namespace wakeful::fleet {
namespace {

using model::EventKind;
using model::Origin;
using model::ServerEvent;
using model::ServerId;
using model::ServerState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::make_old_report;
using test::make_report;
using test::make_server;

constexpr WallTime kStart{Milliseconds(1'795'158'745'000)};
constexpr ServerId kOne{1};

// A fleet whose ticker runs every second of a time that only the test moves.
class FleetTest : public testing::Test {
 protected:
  void SetUp() override { start({make_server(1, "gpu3")}); }

  void start(const std::vector<model::Server>& servers) {
    fleet.set_servers(servers);
    EXPECT_TRUE(fleet.tick(now).empty());
  }
  /// Let time pass with a tick a second; gives the events of the ticks.
  std::vector<ServerEvent> pass(Milliseconds time) {
    std::vector<ServerEvent> events;
    for (Milliseconds passed{0}; passed < time; passed += seconds(1)) {
      now += seconds(1);
      for (auto& event : fleet.tick(now)) events.push_back(std::move(event));
    }
    return events;
  }
  std::vector<ServerEvent> report(std::uint64_t sequence) {
    return fleet.apply(make_report(1, now, sequence));
  }
  const ServerView& one() { return *fleet.find(kOne); }

  Fleet fleet;
  WallTime now = kStart;
};

TEST_F(FleetTest, AServerWithoutReportsIsEmptyAndStaysSo) {
  EXPECT_EQ(one().state, ServerState::empty);
  EXPECT_FALSE(one().state_since);
  EXPECT_TRUE(pass(hours(1)).empty());
  EXPECT_EQ(one().state, ServerState::empty);
}

TEST_F(FleetTest, TheFirstReportTurnsItOn) {
  pass(seconds(5));
  const auto events = report(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].server, kOne);
  EXPECT_EQ(events[0].kind, EventKind::state_changed);
  EXPECT_EQ(events[0].from, ServerState::empty);
  EXPECT_EQ(events[0].to, ServerState::on);
  EXPECT_EQ(events[0].time, now);
  EXPECT_EQ(events[0].cause, "first report");
  EXPECT_EQ(one().state, ServerState::on);
  EXPECT_EQ(one().state_since, now);
  EXPECT_EQ(one().last_report, now);
  EXPECT_THAT(one().cpu_history, testing::ElementsAre(0.25));
}

TEST_F(FleetTest, ThreeMissedIntervalsTurnItOffAndAReportOnAgain) {
  report(1);
  EXPECT_TRUE(pass(seconds(23)).empty());
  EXPECT_EQ(one().state, ServerState::on);
  const auto off = pass(seconds(1));
  ASSERT_EQ(off.size(), 1u);
  EXPECT_EQ(off[0].from, ServerState::on);
  EXPECT_EQ(off[0].to, ServerState::off);
  EXPECT_EQ(off[0].cause, "no report for 24 s (expected every 8 s)");
  EXPECT_EQ(one().state_since, now);
  EXPECT_TRUE(pass(seconds(156)).empty()) << "off is told once";
  const auto on = report(2);
  ASSERT_EQ(on.size(), 1u);
  EXPECT_EQ(on[0].from, ServerState::off);
  EXPECT_EQ(on[0].to, ServerState::on);
  EXPECT_EQ(on[0].cause, "reports again after 3 min");
}

TEST_F(FleetTest, AShortIntervalStillGetsFifteenSeconds) {
  auto quick = make_report(1, now);
  quick.report.interval = seconds(1);
  fleet.apply(quick);
  EXPECT_TRUE(pass(seconds(14)).empty());
  const auto off = pass(seconds(1));
  ASSERT_EQ(off.size(), 1u);
  EXPECT_EQ(off[0].cause, "no report for 15 s (expected every 1 s)");
}

TEST_F(FleetTest, ALongAnnouncedIntervalIsWaitedFor) {
  auto slow = make_report(1, now);
  slow.report.interval = minutes(5);
  fleet.apply(slow);
  EXPECT_TRUE(pass(minutes(15) - seconds(1)).empty());
  EXPECT_EQ(pass(seconds(1)).size(), 1u);
}

TEST_F(FleetTest, AWallClockThatIsSetBackNeitherAgesNorSavesAServer) {
  report(1);
  pass(seconds(10));
  now -= hours(2);
  EXPECT_TRUE(fleet.tick(now).empty());
  EXPECT_TRUE(pass(seconds(13)).empty());
  EXPECT_EQ(one().state, ServerState::on);
  EXPECT_EQ(pass(seconds(1)).size(), 1u) << "24 s of real silence are 24 s, whatever the wall says";
  EXPECT_EQ(report(2).at(0).cause, "reports again after 0 s");
  EXPECT_TRUE(pass(seconds(23)).empty());
}

TEST_F(FleetTest, ReportsGoOnBeingShownAfterTheWallClockWasSetBack) {
  report(1);
  now -= hours(2);
  fleet.tick(now);
  auto next = make_report(1, now, 2, 0.75);
  fleet.apply(next);
  EXPECT_EQ(one().cpu_history.back(), 0.75);
  auto other_run = make_report(1, now + seconds(8), 1, 0.5);
  other_run.report.agent_run = "run-b";
  fleet.apply(other_run);
  EXPECT_EQ(one().cpu_history.back(), 0.5);
}

TEST_F(FleetTest, AnArrivalBeforeTheFirstTickAfterAStepIsJudgedFromNow) {
  report(1);
  now += hours(5);  // the clock was stepped; a report comes before the next tick
  fleet.apply(make_report(1, now, 2));
  EXPECT_TRUE(fleet.tick(now).empty());
  EXPECT_TRUE(pass(seconds(23)).empty());
  EXPECT_EQ(pass(seconds(1)).size(), 1u);
}

TEST_F(FleetTest, AfterALongPauseEveryServerGetsAFreshGrace) {
  std::vector<model::Server> servers;
  for (int id = 1; id <= 50; ++id) servers.push_back(make_server(id, "s" + std::to_string(id)));
  fleet.set_servers(servers);
  for (int id = 1; id <= 50; ++id) fleet.apply(make_report(id, now));
  pass(seconds(20));
  now += hours(8);  // this machine slept
  EXPECT_TRUE(fleet.tick(now).empty());
  EXPECT_TRUE(pass(seconds(23)).empty());
  for (int id = 1; id <= 49; ++id) fleet.apply(make_report(id, now, 2));
  const auto events = pass(seconds(1));
  ASSERT_EQ(events.size(), 1u) << "only the one that stays silent goes off";
  EXPECT_EQ(events[0].server, ServerId{50});
  EXPECT_EQ(events[0].cause,
            "no report for 24 s since this machine's clock jumped (expected every 8 s)");
}

TEST_F(FleetTest, ANewBootIdIsAReboot) {
  auto first = make_report(1, now);
  first.report.facts.kernel = "6.1.0-17";
  fleet.apply(first);
  pass(seconds(8));
  auto second = make_report(1, now, 1);
  second.report.boot_id = "boot-b";
  second.report.agent_run = "run-b";
  second.report.facts.kernel = "6.1.0-18";
  const auto events = fleet.apply(second);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, EventKind::rebooted);
  EXPECT_FALSE(events[0].from);
  EXPECT_FALSE(events[0].to);
  EXPECT_EQ(events[0].cause, "started again: new boot id, kernel 6.1.0-17 became 6.1.0-18");
  EXPECT_TRUE(fleet.apply(second).empty()) << "told once";
}

TEST_F(FleetTest, ARestartedAgentIsNotAReboot) {
  report(5);
  auto restarted = make_report(1, now + seconds(8), 1);
  restarted.report.agent_run = "run-b";
  EXPECT_TRUE(fleet.apply(restarted).empty());
}

TEST_F(FleetTest, BackFillIsASignOfLifeAndChangesNothingElse) {
  fleet.apply(make_report(1, now, 10, 0.9));
  pass(seconds(30));
  ASSERT_EQ(one().state, ServerState::off);
  auto late = make_report(1, now, 4, 0.1);
  late.time = kStart - minutes(1);
  late.report.interval = seconds(60);
  const auto events = fleet.apply(late);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].to, ServerState::on);
  EXPECT_EQ(one().last_report, now);
  EXPECT_EQ(one().last_sample, kStart);
  EXPECT_EQ(one().interval, seconds(8));
  EXPECT_THAT(one().cpu_history, testing::ElementsAre(0.9));
  EXPECT_EQ(one().report.sequence, 10u);
}

TEST_F(FleetTest, BackFillOfAnEarlierBootIsNoReboot) {
  report(10);
  auto late = make_report(1, now + seconds(1), 99);
  late.time = kStart - hours(1);
  late.report.boot_id = "boot-before";
  late.report.agent_run = "run-before";
  EXPECT_TRUE(fleet.apply(late).empty());
  EXPECT_EQ(one().report.boot_id, "boot-a");
}

TEST_F(FleetTest, HistoryKeepsThirtyAndMarksWhatIsMissing) {
  for (std::uint64_t i = 1; i <= 40; ++i) {
    auto next = make_report(1, now, i, 0.01 * static_cast<double>(i));
    if (i == 40) next.report.metrics.clear();
    fleet.apply(next);
    pass(seconds(8));
  }
  ASSERT_EQ(one().cpu_history.size(), kHistory);
  EXPECT_DOUBLE_EQ(one().cpu_history.front(), 0.11);
  EXPECT_TRUE(std::isnan(one().cpu_history.back()));
}

TEST_F(FleetTest, AnOldProtocolsIntervalIsLearntFromItsArrivals) {
  fleet.set_servers({make_server(1, "cron", Origin::monitor_info)});
  const auto old = [&] { fleet.apply(make_old_report(1, now, Origin::monitor_info)); };
  EXPECT_EQ(fleet.find(kOne)->interval, seconds(8)) << "it was made as a native server";
  old();
  for (const int distance : {60, 61, 59, 300, 60}) {
    pass(seconds(distance));
    old();
  }
  EXPECT_EQ(one().interval, seconds(60)) << "one outage does not change the interval";
  for (const int distance : {10, 10, 10}) {
    pass(seconds(distance));
    old();
  }
  EXPECT_EQ(one().interval, seconds(10));
}

TEST_F(FleetTest, LearntIntervalsStayBetweenOneSecondAndTenMinutes) {
  start({make_server(1, "a"), make_server(2, "fast", Origin::collector),
         make_server(3, "slow", Origin::monitor_info)});
  EXPECT_EQ(fleet.find(ServerId{2})->interval, seconds(8));
  EXPECT_EQ(fleet.find(ServerId{3})->interval, seconds(60));
  fleet.apply(make_old_report(2, now, Origin::collector));
  fleet.apply(make_old_report(2, now + Milliseconds(5), Origin::collector));
  EXPECT_EQ(fleet.find(ServerId{2})->interval, seconds(1));
  fleet.apply(make_old_report(3, now, Origin::monitor_info));
  fleet.apply(make_old_report(3, now + hours(3), Origin::monitor_info));
  EXPECT_EQ(fleet.find(ServerId{3})->interval, minutes(10));
}

TEST_F(FleetTest, AGreetingTurnsItOnAndStoresNothing) {
  const auto events = fleet.touch(kOne, now);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].to, ServerState::on);
  EXPECT_EQ(one().last_report, now);
  EXPECT_FALSE(one().last_sample);
  EXPECT_TRUE(one().cpu_history.empty());
  EXPECT_EQ(pass(seconds(24)).size(), 1u);
  auto greeting = make_old_report(1, now, Origin::collector);
  greeting.report.greeting = true;
  EXPECT_EQ(fleet.apply(greeting).size(), 1u);
  EXPECT_FALSE(one().last_sample);
}

TEST_F(FleetTest, ReportsOfServersThatAreNotThereAreIgnored) {
  EXPECT_TRUE(fleet.apply(make_report(77, now)).empty());
  EXPECT_TRUE(fleet.touch(ServerId{77}, now).empty());
  fleet.restore(make_report(77, now), {});
  fleet.restore_state(ServerId{77}, ServerState::on, now);
  fleet.warn(ServerId{77}, {"clock", "no"});
  fleet.clear_warning(ServerId{77}, "clock");
  EXPECT_EQ(fleet.find(ServerId{77}), nullptr);
}

class RestoreTest : public testing::Test {
 protected:
  void SetUp() override {
    fleet.set_servers({make_server(1, "gpu3")});
    fleet.restore(make_report(1, kStart - hours(1), 7), {0.1, NAN, 0.3});
  }
  std::vector<ServerEvent> pass(Milliseconds time) {
    std::vector<ServerEvent> events;
    for (Milliseconds passed{0}; passed < time; passed += seconds(1)) {
      now += seconds(1);
      for (auto& event : fleet.tick(now)) events.push_back(std::move(event));
    }
    return events;
  }
  const ServerView& one() { return *fleet.find(kOne); }
  Fleet fleet;
  WallTime now = kStart;
};

TEST_F(RestoreTest, BringsBackWhatWasShown) {
  EXPECT_EQ(one().last_report, kStart - hours(1));
  EXPECT_EQ(one().last_sample, kStart - hours(1));
  EXPECT_EQ(one().cpu_history.size(), 3u);
  EXPECT_EQ(one().report.sequence, 7u);
}

TEST_F(RestoreTest, WithoutAKnownStateItIsOnForAGraceAndNoEventIsMadeUp) {
  EXPECT_EQ(one().state, ServerState::on);
  fleet.tick(now);
  EXPECT_TRUE(pass(seconds(24)).empty());
  EXPECT_EQ(one().state, ServerState::off);
  EXPECT_EQ(one().state_since, kStart - hours(1));
  EXPECT_EQ(fleet.apply(make_report(1, now, 8)).size(), 1u) << "a real change again";
}

TEST_F(RestoreTest, WithoutAKnownStateAReportWithinTheGraceIsNoEvent) {
  fleet.tick(now);
  pass(seconds(10));
  EXPECT_TRUE(fleet.apply(make_report(1, now, 8)).empty());
  EXPECT_EQ(one().state, ServerState::on);
}

TEST_F(RestoreTest, AKnownOnServerThatStaysSilentGoesOffAfterTheGrace) {
  fleet.restore_state(kOne, ServerState::on, kStart - hours(9));
  EXPECT_EQ(one().state_since, kStart - hours(9));
  fleet.tick(now);
  EXPECT_TRUE(pass(seconds(23)).empty());
  const auto events = pass(seconds(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].cause, "no report for 24 s since Wakeful started (expected every 8 s)");
}

TEST_F(RestoreTest, AKnownOffServerStaysOffUntilItReports) {
  fleet.restore_state(kOne, ServerState::off, kStart - minutes(59));
  fleet.tick(now);
  EXPECT_TRUE(pass(minutes(2)).empty());
  EXPECT_EQ(one().state_since, kStart - minutes(59));
  const auto events = fleet.apply(make_report(1, now, 8));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].cause, "reports again after 62 min");
}

TEST_F(FleetTest, RevisionsTellWhatChangedAndWhatWent) {
  start({make_server(1, "b"), make_server(2, "a"), make_server(3, "c")});
  const auto before = fleet.revision();
  EXPECT_TRUE(fleet.changed_since(before).empty());
  fleet.apply(make_report(3, now));
  fleet.apply(make_report(1, now));
  fleet.apply(make_report(3, now, 2));
  auto changed = fleet.changed_since(before);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0]->server.name, "c");
  EXPECT_EQ(changed[1]->server.name, "b");
  const auto middle = fleet.revision();
  fleet.set_servers({make_server(2, "a2"), make_server(3, "c")});
  EXPECT_THAT(fleet.removed_since(middle), testing::ElementsAre(ServerId{1}));
  EXPECT_TRUE(fleet.removed_since(fleet.revision()).empty());
  changed = fleet.changed_since(middle);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0]->server.name, "a2");
  const auto quiet = fleet.revision();
  fleet.set_servers({make_server(2, "a2"), make_server(3, "c")});
  pass(seconds(3));
  EXPECT_EQ(fleet.revision(), quiet) << "nothing happened";
}

TEST_F(FleetTest, ViewsComeByName) {
  start({make_server(1, "b"), make_server(2, "a"), make_server(3, "c")});
  std::vector<std::string> names;
  for (const auto* view : fleet.views()) names.push_back(view->server.name);
  EXPECT_THAT(names, testing::ElementsAre("a", "b", "c"));
}

TEST_F(FleetTest, WarningsOfAKindReplaceEachOtherAndAreBounded) {
  fleet.warn(kOne, {"clock", "2 h ahead"});
  const auto first = fleet.revision();
  fleet.warn(kOne, {"clock", "2 h ahead"});
  EXPECT_EQ(fleet.revision(), first);
  fleet.warn(kOne, {"clock", "3 h ahead"});
  ASSERT_EQ(one().warnings.size(), 1u);
  EXPECT_EQ(one().warnings[0].message, "3 h ahead");
  fleet.clear_warning(kOne, "clock");
  EXPECT_TRUE(one().warnings.empty());
  const auto cleared = fleet.revision();
  fleet.clear_warning(kOne, "clock");
  EXPECT_EQ(fleet.revision(), cleared);
  for (int i = 0; i < 50; ++i) fleet.warn(kOne, {"kind" + std::to_string(i), "x"});
  EXPECT_EQ(one().warnings.size(), kMaxWarnings);
}

TEST_F(FleetTest, RemovalsRememberedAreBounded) {
  std::vector<model::Server> many;
  for (std::int64_t id = 1; id <= 60'000; ++id) many.push_back(make_server(id, std::to_string(id)));
  fleet.set_servers(many);
  fleet.set_servers({});
  for (auto& server : many) server.id = ServerId{model::to_number(server.id) + 60'000};
  fleet.set_servers(many);
  fleet.set_servers({});
  EXPECT_EQ(fleet.removed_since(0).size(), kMaxRemoved);
}

// Whatever order reports, silences and clock steps come in: events alternate, each starts from the
// state the last one ended in, and the view agrees with the last event.
TEST_F(FleetTest, EventsFormAChainUnderRandomInput) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Fleet flapping;
    flapping.set_servers({make_server(1, "x")});
    WallTime wall = kStart;
    ServerState state = ServerState::empty;
    std::uint64_t sequence = 0;
    for (int step = 0; step < 2'000; ++step) {
      std::vector<ServerEvent> events;
      switch (random() % 8) {
        case 0:
          events = flapping.apply(make_report(1, wall, ++sequence));
          break;
        case 1:
          events = flapping.touch(kOne, wall);
          break;
        case 2:
          if (random() % 20 == 0) wall -= hours(random() % 48);
          break;
        case 3:
          if (random() % 20 == 0) wall += hours(random() % 48);
          break;
        default:
          wall += Milliseconds(random() % 9'000);
          events = flapping.tick(wall);
      }
      for (const auto& event : events) {
        ASSERT_EQ(event.from, state) << "seed " << seed << " step " << step;
        ASSERT_NE(event.to, state);
        ASSERT_NE(event.to, ServerState::empty);
        ASSERT_FALSE(event.cause.empty());
        state = *event.to;
      }
      ASSERT_EQ(flapping.find(kOne)->state, state);
    }
  }
}

TEST(Cause, DurationsReadAsPeopleSayThem) {
  EXPECT_EQ(detail::duration_text(Milliseconds(-5)), "0 s");
  EXPECT_EQ(detail::duration_text(Milliseconds(500)), "0.5 s");
  EXPECT_EQ(detail::duration_text(Milliseconds(24'300)), "24 s");
  EXPECT_EQ(detail::duration_text(seconds(119)), "119 s");
  EXPECT_EQ(detail::duration_text(seconds(185)), "3 min");
  EXPECT_EQ(detail::duration_text(hours(5) + minutes(12)), "5 h 12 min");
  EXPECT_EQ(detail::duration_text(hours(5)), "5 h");
  EXPECT_EQ(detail::duration_text(hours(24 * 9 + 3)), "9 days");
}

}  // namespace
}  // namespace wakeful::fleet
