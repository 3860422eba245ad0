#include "api/live_feed.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using test::json_of;
using test::make_report;
using test::make_server;
using testing::ElementsAre;
using testing::IsEmpty;

class LiveFeedTest : public testing::Test {
 protected:
  LiveFeedTest() { fleet.lock()->set_servers({make_server(1, "gpu3"), make_server(2, "nas")}); }

  /// What a browser would have got since the last call: "servers: a b" or "removed: 7".
  static std::vector<std::string> read(net::EventStream& stream) {
    std::vector<std::string> events;
    for (const auto& event : stream.take()) {
      const auto& text = *event;
      const auto name_end = text.find('\n');
      std::string line = text.substr(7, name_end - 7) + ":";
      const auto data = json_of(text.substr(name_end + 7, text.size() - name_end - 9));
      if (const auto* servers = data.as_object().if_contains("servers")) {
        for (const auto& server : servers->as_array()) {
          line += " " + std::string(server.at("name").as_string());
        }
      } else {
        for (const auto& id : data.at("ids").as_array()) {
          line += " " + std::to_string(id.as_int64());
        }
      }
      events.push_back(line);
    }
    return events;
  }

  Guarded<fleet::Fleet> fleet;
  test::FakeClock clock;
  LiveFeed feed{fleet, clock};
};

TEST_F(LiveFeedTest, TheFirstEventCarriesAllServersAsTheListDoes) {
  const auto stream = feed.open("s");
  const auto events = stream->take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0]->starts_with("event: servers\ndata: {\"servers\":[{\"id\":1,"));
  EXPECT_TRUE(events[0]->ends_with("}\n\n"));
  feed.publish();
  EXPECT_THAT(read(*stream), IsEmpty()) << "nothing changed";
}

TEST_F(LiveFeedTest, ChangesAreToldOnceToEveryStream) {
  const auto first = feed.open("s");
  const auto second = feed.open("t");
  read(*first);
  read(*second);
  fleet.lock()->apply(make_report(2, clock.wall_now()));
  fleet.lock()->apply(make_report(2, clock.wall_now(), 2));
  feed.publish();
  feed.publish();
  EXPECT_THAT(read(*first), ElementsAre("servers: nas"));
  EXPECT_THAT(read(*second), ElementsAre("servers: nas"));
}

TEST_F(LiveFeedTest, TheEventTextIsSharedByTheStreams) {
  const auto first = feed.open("s");
  const auto second = feed.open("t");
  first->take();
  second->take();
  fleet.lock()->apply(make_report(1, clock.wall_now()));
  feed.publish();
  EXPECT_EQ(first->take().at(0), second->take().at(0));
}

TEST_F(LiveFeedTest, RemovalsAndNewServersAreTold) {
  const auto stream = feed.open("s");
  read(*stream);
  fleet.lock()->set_servers({make_server(1, "gpu3"), make_server(3, "box")});
  feed.publish();
  EXPECT_THAT(read(*stream), ElementsAre("removed: 2", "servers: box"));
}

TEST_F(LiveFeedTest, ALaterStreamGetsNoOldNews) {
  const auto first = feed.open("s");
  fleet.lock()->apply(make_report(1, clock.wall_now()));
  feed.publish();
  const auto second = feed.open("t");
  feed.publish();
  EXPECT_THAT(read(*second), ElementsAre("servers: gpu3 nas"));
  static_cast<void>(first);
}

TEST_F(LiveFeedTest, AfterNobodyWatchedTheNextStreamStartsFresh) {
  feed.open("s")->close();
  feed.publish();
  EXPECT_EQ(feed.watchers(), 0u);
  fleet.lock()->apply(make_report(1, clock.wall_now()));
  feed.publish();
  const auto stream = feed.open("t");
  feed.publish();
  EXPECT_THAT(read(*stream), ElementsAre("servers: gpu3 nas"));
  fleet.lock()->apply(make_report(1, clock.wall_now(), 2));
  feed.publish();
  EXPECT_THAT(read(*stream), ElementsAre("servers: gpu3"));
}

TEST_F(LiveFeedTest, AReaderThatDoesNotReadIsDroppedAndHoldsNobodyUp) {
  const auto slow = feed.open("slow");
  const auto quick = feed.open("quick");
  auto big = make_report(1, clock.wall_now());
  big.report.problems.assign(100, {"source", Errc::io, std::string(1'000, 'x')});
  for (std::uint64_t i = 1; i < 200 && feed.watchers() == 2; ++i) {
    big.report.sequence = i;
    fleet.lock()->apply(big);
    feed.publish();
    quick->take();
  }
  EXPECT_TRUE(slow->closed());
  EXPECT_FALSE(quick->closed());
  EXPECT_EQ(feed.watchers(), 1u);
}

TEST_F(LiveFeedTest, LoggingOutEndsTheStreamsOfThatLoginOnly) {
  const auto mine = feed.open("mine");
  const auto other = feed.open("other");
  feed.close_session("mine");
  EXPECT_TRUE(mine->closed());
  EXPECT_FALSE(other->closed());
  EXPECT_EQ(feed.watchers(), 1u);
  feed.close_all();
  EXPECT_TRUE(other->closed());
  EXPECT_EQ(feed.watchers(), 0u);
}

TEST_F(LiveFeedTest, AnOldStreamIsEndedSoThatItsSessionIsCheckedAgain) {
  const auto stream = feed.open("s");
  clock.advance(LiveFeed::kMaxAge - Milliseconds(1));
  feed.publish();
  EXPECT_FALSE(stream->closed());
  clock.advance(Milliseconds(1));
  feed.publish();
  EXPECT_TRUE(stream->closed());
}

TEST_F(LiveFeedTest, WatchersAreBounded) {
  std::vector<std::shared_ptr<net::EventStream>> streams;
  for (std::size_t i = 0; i < LiveFeed::kMaxWatchers; ++i) streams.push_back(feed.open("s"));
  EXPECT_EQ(feed.open("s"), nullptr);
  streams[7]->close();
  feed.publish();
  EXPECT_NE(feed.open("s"), nullptr);
}

using LiveRouteTest = test::ApiTest;

TEST_F(LiveRouteTest, AnswersWithAStreamOfEvents) {
  const auto response = get("/api/v1/live");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/event-stream");
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.stream->take().size(), 1u);
}

TEST_F(LiveRouteTest, TooManyPagesAre503) {
  for (std::size_t i = 0; i < LiveFeed::kMaxWatchers; ++i) live.open("s");
  const auto response = get("/api/v1/live");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Retry-After"), "5");
}

// Whatever happens while streams open: in the end every stream has been told the newest state of
// every server, and nothing of one that is gone.
TEST_F(LiveFeedTest, NothingIsLostBetweenOpeningAndTheNextPublish) {
  std::atomic<bool> done = false;
  std::thread reports([&] {
    for (std::uint64_t i = 1; i <= 3'000; ++i) {
      fleet.lock()->apply(make_report(1 + static_cast<int>(i % 2), clock.wall_now(), i,
                                      static_cast<double>(i) / 10'000));
    }
    done = true;
  });
  std::thread ticker([&] {
    while (!done) feed.publish();
  });
  std::vector<std::shared_ptr<net::EventStream>> streams;
  while (!done && streams.size() < 200) streams.push_back(feed.open("s"));
  reports.join();
  ticker.join();
  streams.push_back(feed.open("last"));
  feed.publish();
  for (const auto& stream : streams) {
    std::map<std::string, double> told;
    for (const auto& event : stream->take()) {
      const auto data = json_of(event->substr(event->find("data: ") + 6));
      for (const auto& server : data.at("servers").as_array()) {
        const auto& history = server.at("cpu_history").as_array();
        if (!history.empty()) {
          told[std::string(server.at("name").as_string())] = history.back().to_number<double>();
        }
      }
    }
    if (stream->closed()) continue;  // was too slow, and knows it
    EXPECT_DOUBLE_EQ(told["gpu3"], 0.3);
    EXPECT_DOUBLE_EQ(told["nas"], 0.2999);
  }
}

}  // namespace
}  // namespace wakeful::api
