#include "cli/demo_fleet.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/secret.h"
#include "store/store.h"
#include "support/temp_folder.h"

namespace wakeful::cli {
namespace {

using testing::HasSubstr;

class DemoFleetTest : public testing::Test {
 protected:
  test::TempFolder folder;
  std::filesystem::path data = folder.path() / "data";
};

TEST_F(DemoFleetTest, ANewFolderGetsItsServersWithKeysThatWork) {
  auto fleet = load_demo_fleet(data);
  ASSERT_TRUE(fleet);
  EXPECT_TRUE(fleet->servers.empty());
  ASSERT_TRUE(register_demo_servers(data, *fleet, 3));
  ASSERT_EQ(fleet->servers.size(), 3u);
  const auto registry = store::open_registry({data, {}});
  ASSERT_TRUE(registry);
  for (const DemoServer& one : fleet->servers) {
    const auto found = (*registry)->find_server_by_key(auth::hash_secret(one.key));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->name, one.name);
  }
}

TEST_F(DemoFleetTest, TheFolderRemembersItsFleetAndGrowsIt) {
  DemoFleet fleet;
  fleet.seed = 42;
  ASSERT_TRUE(register_demo_servers(data, fleet, 2));
  fleet.sent_until = from_unix_ms(1'795'392'000'123);
  ASSERT_TRUE(save_demo_fleet(data, fleet));

  auto again = load_demo_fleet(data);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->seed, 42u);
  EXPECT_EQ(again->sent_until, fleet.sent_until);
  ASSERT_TRUE(register_demo_servers(data, *again, 5));
  ASSERT_EQ(again->servers.size(), 5u);
  EXPECT_EQ(again->servers[1].key, fleet.servers[1].key);
  // Keys are secrets.
  const auto mode = std::filesystem::status(data / "demo.json").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(DemoFleetTest, AFolderOfSomethingElseIsRefused) {
  std::filesystem::create_directories(data);
  EXPECT_TRUE(load_demo_fleet(data)) << "an empty folder is as good as a new one";
  ASSERT_TRUE(store::open_registry({data, {}}));
  const auto fleet = load_demo_fleet(data);
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().code, Errc::conflict);
}

TEST_F(DemoFleetTest, ADamagedFileIsNamed) {
  std::filesystem::create_directories(data);
  for (const char* text :
       {"", "{", "[]", R"({"seed":1})", R"({"seed":1,"servers":[{"name":1}]})"}) {
    std::ofstream(data / "demo.json") << text;
    const auto fleet = load_demo_fleet(data);
    ASSERT_FALSE(fleet) << text;
    EXPECT_EQ(fleet.error().code, Errc::parse);
    EXPECT_THAT(fleet.error().message, HasSubstr("demo.json"));
  }
}

TEST_F(DemoFleetTest, TheAccountIsMadeOnce) {
  const auto password = make_demo_account(data);
  ASSERT_TRUE(password && *password);
  const auto again = make_demo_account(data);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  const auto registry = store::open_registry({data, {}});
  ASSERT_TRUE(registry);
  const auto user = (*registry)->find_user("demo");
  ASSERT_TRUE(user && *user);
  EXPECT_TRUE(auth::verify_password(**password, (*user)->password_hash));
}

}  // namespace
}  // namespace wakeful::cli
