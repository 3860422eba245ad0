#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "collect/utmp.h"
#include "tree.h"

namespace wakeful::collect {
namespace {

using model::Metric;
using ::testing::HasSubstr;

/// One record in either layout, as the kernel's byte order has it.
struct Record {
  std::int16_t type = 7;
  std::int32_t pid = 100;
  std::string line = "pts/0";
  std::string user = "kim";
  std::string host;
  std::int64_t seconds = 1'795'150'000;
  std::int64_t microseconds = 250'000;

  template <class T>
  static void put(std::string& into, std::size_t at, T value) {
    std::memcpy(into.data() + at, &value, sizeof(value));
  }

  std::string bytes(bool wide) const {
    std::string out(wide ? 400 : 384, '\0');
    put(out, 0, type);
    put(out, 4, pid);
    out.replace(8, line.size(), line);
    out.replace(44, user.size(), user);
    out.replace(76, host.size(), host);
    if (wide) {
      put(out, 344, seconds);
      put(out, 352, microseconds);
    } else {
      put(out, 340, static_cast<std::uint32_t>(seconds));
      put(out, 344, static_cast<std::int32_t>(microseconds));
    }
    return out;
  }
};

TEST(Utmp, ReadsBothLayouts) {
  for (const bool wide : {false, true}) {
    Record remote;
    remote.host = "10.0.0.5";
    Record boot;
    boot.type = 2;
    boot.user = "reboot";
    const auto sessions = parse_utmp(boot.bytes(wide) + remote.bytes(wide));
    ASSERT_TRUE(sessions.has_value()) << sessions.error().message;
    ASSERT_EQ(sessions->size(), 1u);
    EXPECT_EQ((*sessions)[0].pid, 100);
    EXPECT_EQ((*sessions)[0].session,
              (model::UserSession{"kim", "pts/0", "10.0.0.5", from_unix_ms(1'795'150'000'250)}));
  }
}

TEST(Utmp, ReadsFieldsThatFillTheirPlace) {
  Record record;
  record.user = std::string(32, 'u');
  record.line = std::string(32, 'l');
  record.host = std::string(256, 'h');
  const auto sessions = parse_utmp(record.bytes(false));
  ASSERT_EQ(sessions->size(), 1u);
  EXPECT_EQ((*sessions)[0].session.name, std::string(32, 'u'));
  EXPECT_EQ((*sessions)[0].session.terminal, std::string(32, 'l'));
  EXPECT_LE((*sessions)[0].session.remote_host.size(), 255u);
}

TEST(Utmp, LeavesOutTimesThatAreNone) {
  Record record;
  record.seconds = 0;
  EXPECT_FALSE((*parse_utmp(record.bytes(false)))[0].session.since.has_value());
  record.seconds = 5;
  record.microseconds = -1;
  EXPECT_EQ((*parse_utmp(record.bytes(false)))[0].session.since, from_unix_ms(5000));
  record.seconds = INT64_MAX;
  EXPECT_FALSE((*parse_utmp(record.bytes(true)))[0].session.since.has_value());
}

TEST(Utmp, MakesHostileTextHarmless) {
  Record record;
  record.user = "a\nb\xff";
  EXPECT_EQ((*parse_utmp(record.bytes(false)))[0].session.name, "a?b?");
}

TEST(Utmp, RefusesPartsOfRecords) {
  EXPECT_TRUE(parse_utmp("")->empty());
  const auto sessions = parse_utmp(std::string(383, '\0'));
  ASSERT_FALSE(sessions.has_value());
  EXPECT_EQ(sessions.error().code, Errc::parse);
  EXPECT_THAT(sessions.error().message, HasSubstr("383"));
}

constexpr std::string_view kSession =
    "# This is private data. Do not parse.\nUID=1000\nUSER=kim\nACTIVE=1\nSTATE=active\nREMOTE=1\n"
    "TYPE=tty\nCLASS=user\nTTY=pts/1\nREMOTE_HOST=10.0.0.7\nSERVICE=sshd\nLEADER=999\n"
    "REALTIME=1795150000250999\nMONOTONIC=12\n";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  out.replace(out.find(from), from.size(), to);
  return out;
}

TEST(LogindSession, IsRead) {
  const auto session = parse_logind_session(kSession);
  ASSERT_TRUE(session.has_value() && session->has_value());
  EXPECT_EQ(**session,
            (model::UserSession{"kim", "pts/1", "10.0.0.7", from_unix_ms(1'795'150'000'250)}));
}

TEST(LogindSession, CountsOnlyPeopleWhoAreLoggedIn) {
  for (const char* other : {"CLASS=greeter", "CLASS=manager", "CLASS=background"}) {
    EXPECT_FALSE(parse_logind_session(replaced(kSession, "CLASS=user", other))->has_value());
  }
  EXPECT_FALSE(
      parse_logind_session(replaced(kSession, "STATE=active", "STATE=closing"))->has_value());
  EXPECT_TRUE(
      parse_logind_session(replaced(kSession, "STATE=active", "STATE=online"))->has_value());
}

TEST(LogindSession, SurvivesDamage) {
  EXPECT_FALSE(parse_logind_session("").has_value());
  EXPECT_FALSE(parse_logind_session("CLASS=user\n").has_value());
  const auto odd = parse_logind_session("=\nUSER=kim\nCLASS=user\nREALTIME=soon\nTTY=/dev/tty2");
  ASSERT_TRUE(odd.has_value() && odd->has_value());
  EXPECT_EQ((*odd)->terminal, "tty2");
  EXPECT_FALSE((*odd)->since.has_value());
  EXPECT_FALSE((*parse_logind_session("USER=a\nCLASS=user\nREALTIME=9223372036854775807\n"))
                   ->since.has_value());
}

class UsersCollectorTest : public ::testing::Test {
 protected:
  Result<void> collect() {
    report_ = {};
    return test::make("users", tree_.context(clock_))->collect(report_);
  }
  std::optional<double> count() const {
    return model::find_value(report_.metrics, Metric::host_users);
  }
  void living(int pid) { tree_.write("proc/" + std::to_string(pid) + "/cgroup", ""); }

  test::Tree tree_;
  wakeful::test::FakeClock clock_;
  model::Report report_;
};

TEST_F(UsersCollectorTest, SkipsRecordsOfDeadProcesses) {
  living(1);
  living(100);
  Record dead;
  dead.pid = 101;
  dead.user = "ghost";
  tree_.write("root/run/utmp", Record().bytes(false) + dead.bytes(false));
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 1);
  ASSERT_EQ(report_.users.size(), 1u);
  EXPECT_EQ(report_.users[0].name, "kim");
}

TEST_F(UsersCollectorTest, BelievesUtmpWhereProcessesAreHidden) {
  tree_.write("root/run/utmp", Record().bytes(false));
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 1);
}

TEST_F(UsersCollectorTest, FindsUtmpInItsOldPlace) {
  living(1);
  living(100);
  tree_.write("root/var/run/utmp", Record().bytes(false));
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 1);
}

TEST_F(UsersCollectorTest, AsksLogindWhereUtmpIsGoneOrNamesNobody) {
  tree_.write("root/run/systemd/sessions/3", kSession);
  tree_.write("root/run/systemd/sessions/c1",
              replaced(replaced(kSession, "CLASS=user", "CLASS=greeter"), "USER=kim", "USER=gdm"));
  tree_.write("root/run/systemd/sessions/4", "half a fi");
  ASSERT_EQ(::mkfifo((tree_.path() / "root/run/systemd/sessions/3.ref").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((tree_.path() / "root/run/systemd/sessions/9").c_str(), 0600), 0);
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 1);
  tree_.write("root/run/utmp", "");
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(report_.users[0].remote_host, "10.0.0.7");
}

TEST_F(UsersCollectorTest, CountsNobodyWhereASourceSaysSo) {
  tree_.write("root/run/utmp", "");
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 0);
  tree_.remove("root/run/utmp");
  std::filesystem::create_directories(tree_.path() / "root/run/systemd/sessions");
  ASSERT_TRUE(collect().has_value());
  EXPECT_EQ(count(), 0);
}

TEST_F(UsersCollectorTest, SaysSoWhenThereIsNoSource) {
  const auto done = collect();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::unsupported);
  EXPECT_THAT(done.error().message, HasSubstr("run/utmp"));
  EXPECT_FALSE(count().has_value());
}

TEST_F(UsersCollectorTest, NamesADamagedUtmp) {
  tree_.write("root/run/utmp", "x");
  const auto done = collect();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::parse);
  EXPECT_THAT(done.error().message, HasSubstr("run/utmp"));
  tree_.write("root/run/systemd/sessions/3", kSession);
  ASSERT_TRUE(collect().has_value()) << "logind knows";
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace wakeful::collect
