#include <gtest/gtest.h>

#include "model/report.h"
#include "model/server.h"

namespace wakeful::model {
namespace {

TEST(ContainerState, HasDockersWordsBothWays) {
  for (const auto* word :
       {"created", "running", "paused", "restarting", "removing", "exited", "dead", "unknown"}) {
    const auto state = find_container_state(word);
    ASSERT_TRUE(state) << word;
    EXPECT_EQ(container_state_name(*state), word);
  }
  EXPECT_EQ(find_container_state("Running"), std::nullopt);
  EXPECT_EQ(find_container_state(""), std::nullopt);
}

TEST(Names, AreTheWordsOfTheProtocol) {
  EXPECT_EQ(origin_name(Origin::native), "native");
  EXPECT_EQ(origin_name(Origin::monitor_info), "monitor_info");
  EXPECT_EQ(origin_name(Origin::collector), "collector");
  EXPECT_EQ(server_state_name(ServerState::empty), "empty");
  EXPECT_EQ(server_state_name(ServerState::on), "on");
  EXPECT_EQ(server_state_name(ServerState::off), "off");
  EXPECT_EQ(event_kind_name(EventKind::state_changed), "state_changed");
  EXPECT_EQ(event_kind_name(EventKind::rebooted), "rebooted");
  EXPECT_EQ(event_kind_name(EventKind::key_conflict), "key_conflict");
}

std::string refusal(std::string_view name) {
  const auto checked = check_server_name(name);
  return checked ? "accepted" : checked.error().message;
}

TEST(CheckServerName, TrimsAndTakesAnyLanguage) {
  EXPECT_EQ(*check_server_name("  web 1\t"), "web 1");
  EXPECT_EQ(*check_server_name("서버 하나"), "서버 하나");
  EXPECT_EQ(*check_server_name(std::string(100, 'n')), std::string(100, 'n'));
}

TEST(CheckServerName, SaysWhyItIsNone) {
  EXPECT_EQ(refusal(""), "name: expected 1 to 100 bytes, got none");
  EXPECT_EQ(refusal(" \n"), "name: expected 1 to 100 bytes, got none");
  EXPECT_EQ(refusal(std::string(101, 'n')), "name: expected at most 100 bytes, got 101");
  EXPECT_EQ(refusal("a\xff"), "name: expected UTF-8 text");
  EXPECT_EQ(refusal("a\x1b[31mb"), "name: expected no control characters");
  EXPECT_EQ(refusal(std::string_view("a\0b", 3)), "name: expected no control characters");
}

}  // namespace
}  // namespace wakeful::model
