#include "server/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/restore.h"
#include "support/memory_store.h"

namespace wakeful::server {
namespace {

using model::Origin;
using model::ServerId;
using testing::HasSubstr;

constexpr WallTime kNow{Milliseconds(1'795'158'745'123)};

class DirectoryTest : public testing::Test {
 protected:
  test::MemoryRegistry registry;
  Guarded<fleet::Fleet> fleet;
  std::vector<std::size_t> told;  // how many servers, of each change
  Directory directory{registry, fleet,
                      [this](const Directory::Ids& ids) { told.push_back(ids->size()); }};
};

TEST_F(DirectoryTest, TakesOverWhatTheRegistrySays) {
  const auto server = registry.add_server("gpu3", Origin::native, "hash", kNow);
  ASSERT_TRUE(directory.refresh());
  EXPECT_NE(fleet.lock()->find(server->id), nullptr);
  ASSERT_TRUE(registry.remove_server(server->id));
  ASSERT_TRUE(directory.refresh());
  EXPECT_EQ(fleet.lock()->find(server->id), nullptr);
  EXPECT_EQ(told, (std::vector<std::size_t>{1, 0}));
}

TEST_F(DirectoryTest, ReadsTheListOnlyAgainWhenSomebodyWrote) {
  ASSERT_TRUE(directory.refresh_if_changed());
  ASSERT_TRUE(directory.refresh_if_changed());
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(DirectoryTest, AServerAppearsOnce) {
  const auto first = directory.find_or_appear("agent_ss", Origin::monitor_info, kNow);
  const auto second = directory.find_or_appear("agent_ss", Origin::monitor_info, kNow);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_NE(fleet.lock()->find(*first), nullptr);
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(DirectoryTest, AServerWithAKeyIsNotReportedForWithout) {
  ASSERT_TRUE(registry.add_server("gpu3", Origin::native, "hash", kNow));
  const auto found = directory.find_or_appear("gpu3", Origin::monitor_info, kNow);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::conflict);
  EXPECT_THAT(found.error().message, HasSubstr("gpu3"));
}

TEST_F(DirectoryTest, ABadNameDoesNotAppear) {
  EXPECT_EQ(directory.find_or_appear("a\nb", Origin::monitor_info, kNow).error().code,
            Errc::invalid);
  EXPECT_TRUE(registry.servers()->empty());
}

TEST_F(DirectoryTest, AFailingRegistryIsAnError) {
  registry.fail_with(Error{Errc::io, "registry.db: gone"});
  EXPECT_FALSE(directory.refresh());
  EXPECT_FALSE(directory.find_or_appear("a", Origin::monitor_info, kNow));
}

TEST_F(DirectoryTest, TheFleetIsRestoredWithHistoryAndState) {
  test::MemorySamples samples;
  const ServerId server = registry.add_server("gpu3", Origin::native, "hash", kNow)->id;
  ASSERT_TRUE(directory.refresh());
  std::vector<store::AcceptedReport> reports(3);
  for (int i = 0; i < 3; ++i) {
    reports[i].server = server;
    reports[i].key = {7, i};
    reports[i].time = reports[i].received = kNow + std::chrono::seconds(8 * i);
    reports[i].report.metrics = {{model::Metric::host_cpu_ratio, 0.1 * i}};
  }
  ASSERT_TRUE(samples.append(reports));
  model::ServerEvent event;
  event.server = server;
  event.time = kNow + std::chrono::minutes(1);
  event.from = model::ServerState::on;
  event.to = model::ServerState::off;
  ASSERT_TRUE(registry.add_events(std::vector{event}));

  const auto last = restore_fleet(registry, samples, fleet);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->size(), 1U);
  auto locked = fleet.lock();
  const fleet::ServerView* const view = locked->find(server);
  EXPECT_EQ(view->state, model::ServerState::off);
  EXPECT_EQ(view->state_since, event.time);
  EXPECT_EQ(view->last_sample, reports[2].time);
  EXPECT_THAT(view->cpu_history, testing::ElementsAre(0.0, 0.1, 0.2));
}

}  // namespace
}  // namespace wakeful::server
