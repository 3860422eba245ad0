// What store/registry.h promises, over every registered store.
#include <atomic>
#include <thread>

#include "store_fixture.h"

namespace wakeful::store {
namespace {

using model::Origin;
using model::ServerId;
using std::chrono::seconds;
using test::kStart;

const SecretHash kKey(32, '\x80');
const SecretHash kOtherKey = std::string(16, '\0') + std::string(16, 'x');

class RegistryContract : public StoreContract {
 protected:
  model::Server add(const std::string& name, const std::optional<SecretHash>& key = std::nullopt) {
    return value_of(registry().add_server(name, Origin::native, key, kStart));
  }
  static model::ServerEvent event(ServerId server, int second, const std::string& cause) {
    return {server,
            kStart + seconds(second),
            model::EventKind::state_changed,
            model::ServerState::on,
            model::ServerState::off,
            cause};
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, RegistryContract, ::testing::ValuesIn(store_schemes()),
                         scheme_name);

TEST_P(RegistryContract, AServerIsFoundByNameAndByKey) {
  const auto server = add("gpu3", kKey);
  EXPECT_EQ(server.name, "gpu3");
  EXPECT_EQ(server.origin, Origin::native);
  EXPECT_EQ(server.created, kStart);
  for (int turn = 0; turn < 2; ++turn) {
    const auto by_key = value_of(registry().find_server_by_key(kKey));
    ASSERT_TRUE(by_key);
    EXPECT_EQ(by_key->id, server.id);
    EXPECT_EQ(by_key->name, "gpu3");
    EXPECT_EQ(by_key->created, kStart);
    EXPECT_EQ(value_of(registry().find_server_by_name("gpu3"))->id, server.id);
    EXPECT_FALSE(value_of(registry().find_server_by_key(kOtherKey)));
    EXPECT_FALSE(value_of(registry().find_server_by_name("GPU3")));
    EXPECT_FALSE(value_of(registry().find_server_by_name("")));
    reopen();
  }
}

TEST_P(RegistryContract, ServersWithoutKeysAreNotFoundByAnEmptyKey) {
  const auto server =
      value_of(registry().add_server("old", Origin::monitor_info, std::nullopt, kStart));
  EXPECT_EQ(server.origin, Origin::monitor_info);
  EXPECT_FALSE(value_of(registry().find_server_by_key("")));
  add("older");
  EXPECT_EQ(value_of(registry().servers()).size(), 2U);
}

TEST_P(RegistryContract, ATakenNameIsAConflictThatNamesIt) {
  add("gpu3", kKey);
  const auto again = registry().add_server("gpu3", Origin::native, kOtherKey, kStart);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_NE(again.error().message.find("\"gpu3\""), std::string::npos) << again.error().message;
  EXPECT_EQ(value_of(registry().servers()).size(), 1U);
}

TEST_P(RegistryContract, IdsAreNeverGivenAgain) {
  const auto first = add("one");
  const auto second = add("two");
  EXPECT_NE(first.id, second.id);
  ASSERT_TRUE(worked(registry().remove_server(second.id)));
  reopen();
  const auto third = add("two");
  EXPECT_GT(model::to_number(third.id), model::to_number(second.id));
}

TEST_P(RegistryContract, ARemovedServerTakesItsKeyAndEventsAlong) {
  const auto server = add("gpu3", kKey);
  const auto other = add("gpu4", kOtherKey);
  ASSERT_TRUE(worked(
      registry().add_events(std::vector{event(server.id, 1, "a"), event(other.id, 2, "b")})));
  ASSERT_TRUE(worked(registry().remove_server(server.id)));
  EXPECT_FALSE(value_of(registry().find_server_by_key(kKey)));
  EXPECT_FALSE(value_of(registry().find_server_by_name("gpu3")));
  EXPECT_TRUE(value_of(registry().events(server.id, 10)).empty());
  EXPECT_EQ(value_of(registry().events(std::nullopt, 10)).size(), 1U);
  const auto again = registry().remove_server(server.id);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::not_found);
  add("gpu3", kKey);
}

TEST_P(RegistryContract, EventsAreReadNewestFirst) {
  const auto one = add("one");
  const auto two = add("two");
  auto plain = event(two.id, 3, "boot id changed");
  plain.kind = model::EventKind::rebooted;
  plain.from = plain.to = std::nullopt;
  ASSERT_TRUE(worked(
      registry().add_events(std::vector{event(one.id, 2, "second"), event(one.id, 1, "first"),
                                        plain, event(one.id, 2, "of the same time, later")})));
  const auto all = value_of(registry().events(std::nullopt, 10));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].cause, "boot id changed");
  EXPECT_EQ(all[0].kind, model::EventKind::rebooted);
  EXPECT_EQ(all[0].from, std::nullopt);
  EXPECT_EQ(all[0].to, std::nullopt);
  EXPECT_EQ(all[1].cause, "of the same time, later");
  EXPECT_EQ(all[2].cause, "second");
  EXPECT_EQ(all[2].from, model::ServerState::on);
  EXPECT_EQ(all[2].to, model::ServerState::off);
  EXPECT_EQ(all[2].time, kStart + seconds(2));
  EXPECT_EQ(value_of(registry().events(one.id, 2)).size(), 2U);
  EXPECT_EQ(value_of(registry().events(one.id, 2))[1].cause, "second");
  EXPECT_EQ(value_of(registry().events(two.id, 10)).size(), 1U);
}

TEST_P(RegistryContract, AnEventOfARemovedServerIsLeftOut) {
  const auto one = add("one");
  ASSERT_TRUE(worked(registry().add_events(
      std::vector{event(ServerId{999}, 1, "gone"), event(one.id, 1, "here")})));
  EXPECT_EQ(value_of(registry().events(std::nullopt, 10)).size(), 1U);
}

TEST_P(RegistryContract, UsersAreFoundByNameAndById) {
  EXPECT_EQ(value_of(registry().count_users()), 0);
  const auto kim = value_of(registry().add_user("kim", "$argon2id$x", Role::operator_));
  reopen();
  const auto found = value_of(registry().find_user("kim"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, kim.id);
  EXPECT_EQ(found->name, "kim");
  EXPECT_EQ(found->password_hash, "$argon2id$x");
  EXPECT_EQ(found->role, Role::operator_);
  EXPECT_EQ(value_of(registry().find_user_by_id(kim.id))->name, "kim");
  EXPECT_FALSE(value_of(registry().find_user("Kim")));
  EXPECT_FALSE(value_of(registry().find_user_by_id(kim.id + 1)));
  EXPECT_EQ(value_of(registry().count_users()), 1);
  const auto again = registry().add_user("kim", "other", Role::viewer);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::conflict);
}

TEST_P(RegistryContract, OnlyOneOfManyBecomesTheFirstUser) {
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      // Two through this registry, two through one of their own, as another process has.
      auto own = open_registry(options());
      ASSERT_TRUE(own.has_value()) << own.error().message;
      auto& used = i % 2 == 0 ? registry() : **own;
      const auto user = used.add_first_user("admin" + std::to_string(i), "$argon2id$x");
      if (user) {
        ++won;
        EXPECT_EQ(user->role, Role::admin);
      } else {
        EXPECT_EQ(user.error().code, Errc::conflict) << user.error().message;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(value_of(registry().count_users()), 1);
}

TEST_P(RegistryContract, SessionsAreKeptTouchedAndEnded) {
  const auto user = value_of(registry().add_user("kim", "$argon2id$x", Role::viewer));
  const auto add_session = [&](const SecretHash& hash, int created, int last_seen) {
    ASSERT_TRUE(worked(registry().add_session(
        {hash, user.id, kStart + seconds(created), kStart + seconds(last_seen)})));
  };
  add_session(kKey, 0, 10);
  reopen();
  auto found = value_of(registry().find_session(kKey));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->token_hash, kKey);
  EXPECT_EQ(found->user_id, user.id);
  EXPECT_EQ(found->created, kStart);
  EXPECT_EQ(found->last_seen, kStart + seconds(10));
  EXPECT_FALSE(value_of(registry().find_session(kOtherKey)));
  ASSERT_TRUE(worked(registry().touch_session(kKey, kStart + seconds(20))));
  EXPECT_EQ(value_of(registry().find_session(kKey))->last_seen, kStart + seconds(20));
  ASSERT_TRUE(worked(registry().remove_session(kKey)));
  EXPECT_FALSE(value_of(registry().find_session(kKey)));
  ASSERT_TRUE(worked(registry().remove_session(kKey)));

  add_session("idle", 50, 99);
  add_session("too old", 49, 200);
  add_session("good", 50, 100);
  ASSERT_TRUE(
      worked(registry().remove_sessions_before(kStart + seconds(100), kStart + seconds(50))));
  EXPECT_FALSE(value_of(registry().find_session("idle")));
  EXPECT_FALSE(value_of(registry().find_session("too old")));
  EXPECT_TRUE(value_of(registry().find_session("good")));
}

TEST_P(RegistryContract, ASessionNeedsAUser) {
  EXPECT_FALSE(registry().add_session({kKey, 12345, kStart, kStart}).has_value());
}

TEST_P(RegistryContract, SettingsAreKeptAndReplaced) {
  EXPECT_EQ(value_of(registry().setting("setup")), std::nullopt);
  ASSERT_TRUE(worked(registry().set_setting("setup", "one")));
  ASSERT_TRUE(worked(registry().set_setting("setup", "")));
  ASSERT_TRUE(worked(registry().set_setting("other", "한글 \n x")));
  reopen();
  EXPECT_EQ(value_of(registry().setting("setup")), "");
  EXPECT_EQ(value_of(registry().setting("other")), "한글 \n x");
}

TEST_P(RegistryContract, AnotherProcessesServerIsSeenAndChangesTheVersion) {
  auto other = open_registry(options());
  ASSERT_TRUE(other.has_value()) << other.error().message;
  const auto before = value_of(registry().version());
  EXPECT_EQ(value_of(registry().version()), before);
  const auto server = value_of((*other)->add_server("new", Origin::native, kKey, kStart));
  EXPECT_NE(value_of(registry().version()), before);
  EXPECT_EQ(value_of(registry().find_server_by_key(kKey))->id, server.id);
  const auto then = value_of(registry().version());
  EXPECT_EQ(value_of(registry().version()), then);
  ASSERT_TRUE(worked((*other)->set_setting("a", "b")));
  EXPECT_NE(value_of(registry().version()), then);
}

TEST_P(RegistryContract, OwnServersChangeTheVersionToo) {
  const auto before = value_of(registry().version());
  const auto server = add("one");
  const auto between = value_of(registry().version());
  EXPECT_NE(between, before);
  ASSERT_TRUE(worked(registry().remove_server(server.id)));
  EXPECT_NE(value_of(registry().version()), between);
}

TEST_P(RegistryContract, SeveralProcessesWriteAtTheSameTime) {
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&, writer] {
      auto own = open_registry(options());
      ASSERT_TRUE(own.has_value()) << own.error().message;
      for (int i = 0; i < kEach; ++i) {
        const auto name = std::to_string(writer) + "/" + std::to_string(i);
        const auto added = (*own)->add_server(name, Origin::native, std::nullopt, kStart);
        ASSERT_TRUE(added.has_value()) << added.error().message;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(value_of(registry().servers()).size(), 4U * kEach);
}

TEST_P(RegistryContract, ManyThreadsShareOneRegistry) {
  const auto server = add("one", kKey);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 30; ++k) {
        EXPECT_TRUE(worked(registry().add_events(std::vector{event(server.id, k, "x")})));
        EXPECT_TRUE(value_of(registry().find_server_by_key(kKey)));
        EXPECT_TRUE(worked(registry().set_setting(std::to_string(i), std::to_string(k))));
        value_of(registry().version());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(value_of(registry().events(server.id, 1000)).size(), 120U);
}

}  // namespace
}  // namespace wakeful::store
