#include "net/event_stream.h"

#include <atomic>
#include <vector>

#include "net_support.h"

namespace wakeful::net::test {
namespace {

std::string chunk(std::string_view text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + std::string(text) + "\r\n";
}

const std::string kEvent = "event: servers\ndata: {\"n\":1}\n\n";

/// Hands out one stream per request.
class StreamServer {
 public:
  explicit StreamServer(const HttpServerOptions& options = {}, std::size_t max_queued = 4 << 20)
      : server(
            [this, max_queued](Request, Responder respond) {
              auto stream = std::make_shared<EventStream>(max_queued);
              Response response;
              response.stream = stream;
              respond(std::move(response));
              made.set_value(std::move(stream));
            },
            options) {}

  std::shared_ptr<EventStream> open(RawSocket& socket, std::string_view version = "1.1") {
    made = {};
    auto future = made.get_future();
    socket.send("GET /live HTTP/" + std::string(version) + "\r\nHost: h\r\n\r\n");
    EXPECT_EQ(future.wait_for(kPatience), std::future_status::ready);
    return future.get();
  }

  std::promise<std::shared_ptr<EventStream>> made;
  TestServer server;
};

template <class Condition>
bool wait_for(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Milliseconds(1));
  }
  return true;
}

TEST(EventStream, QueuesUntilItIsTaken) {
  EventStream stream(100);
  EXPECT_TRUE(stream.send(make_event("a", "1")));
  EXPECT_TRUE(stream.send(make_event("b", "2")));
  int ready = 0;
  stream.attach([&] { ++ready; });
  EXPECT_EQ(ready, 1);
  const auto events = stream.take();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(*events[0], "event: a\ndata: 1\n\n");
  EXPECT_TRUE(stream.send(make_event("c", "3")));
  EXPECT_TRUE(stream.send(make_event("d", "4")));
  EXPECT_EQ(ready, 2) << "told once until it is taken";
  stream.close();
  EXPECT_EQ(ready, 3);
  EXPECT_FALSE(stream.send(make_event("e", "5")));
  EXPECT_EQ(stream.take().size(), 2u) << "what was sent before the end still goes out";
}

TEST(EventStream, EndsWhenTheQueueIsFull) {
  EventStream stream(40);
  EXPECT_TRUE(stream.send(make_event("a", "1")));
  EXPECT_TRUE(stream.send(make_event("a", "2")));
  EXPECT_FALSE(stream.send(make_event("a", "3")));
  EXPECT_TRUE(stream.closed());
  EXPECT_TRUE(stream.dropped());
  EXPECT_TRUE(stream.take().empty());
}

TEST(EventStream, ReachesTheBrowser) {
  StreamServer server;
  RawSocket socket(server.server.port());
  const auto stream = server.open(socket);
  EXPECT_TRUE(stream->send(make_event("servers", "{\"n\":1}")));
  const auto head = socket.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  for (const auto* header : {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store\r\n",
                             "X-Accel-Buffering: no\r\n", "Transfer-Encoding: chunked\r\n"}) {
    EXPECT_NE(head.find(header), std::string::npos) << head;
  }
  EXPECT_EQ(socket.read_until("}\n\n\r\n"), chunk(kEvent));
  EXPECT_TRUE(stream->send(make_event("servers", "{\"n\":1}")));
  stream->close();
  EXPECT_EQ(socket.read_to_end(), chunk(kEvent) + "0\r\n\r\n");
}

TEST(EventStream, NeedsNoChunksForHttp10) {
  StreamServer server;
  RawSocket socket(server.server.port());
  const auto stream = server.open(socket, "1.0");
  EXPECT_TRUE(stream->send(make_event("servers", "{\"n\":1}")));
  const auto head = socket.read_until("\r\n\r\n");
  EXPECT_EQ(head.find("chunked"), std::string::npos) << head;
  stream->close();
  EXPECT_EQ(socket.read_to_end(), kEvent);
}

TEST(EventStream, EndsWhenTheBrowserGoes) {
  StreamServer server;
  RawSocket socket(server.server.port());
  const auto stream = server.open(socket);
  socket.read_until("\r\n\r\n");
  socket.close();
  EXPECT_TRUE(wait_for([&] { return stream->closed(); }));
  EXPECT_FALSE(stream->send(make_event("a", "1")));
}

TEST(EventStream, DropsAReaderThatDoesNotRead) {
  StreamServer server({}, 1 << 20);
  RawSocket slow(server.server.port());
  slow.shrink_receive_buffer();
  const auto stream = server.open(slow);
  const auto event = make_event("big", std::string(256 << 10, 'x'));
  // The kernel's buffers take a few MiB, the queue one; then it is over.
  int sent = 0;
  while (stream->send(event) && sent < 1000) ++sent;
  EXPECT_LT(sent, 1000);
  EXPECT_TRUE(stream->dropped());
  // Ended at once, not after the write timeout.
  auto stopped = server.server.stop(kPatience);
  EXPECT_EQ(stopped.wait_for(kPatience / 2), std::future_status::ready);
}

TEST(EventStream, EndsAReaderThatStandsStillAfterTheWriteTimeout) {
  HttpServerOptions options;
  options.idle_timeout = Milliseconds(80);
  StreamServer server(options, 64 << 20);
  RawSocket slow(server.server.port());
  slow.shrink_receive_buffer();
  const auto stream = server.open(slow);
  EXPECT_TRUE(stream->send(make_event("big", std::string(32 << 20, 'x'))));
  EXPECT_TRUE(wait_for([&] { return stream->closed(); }));
}

TEST(EventStream, KeepsAQuietStreamBeyondTheIdleTimeout) {
  HttpServerOptions options;
  options.idle_timeout = Milliseconds(30);
  options.header_timeout = Milliseconds(30);
  StreamServer server(options);
  RawSocket socket(server.server.port());
  RawSocket idle(server.server.port());
  const auto stream = server.open(socket);
  socket.read_until("\r\n\r\n");
  EXPECT_EQ(idle.read_to_end(), "") << "the timeouts have passed";
  EXPECT_TRUE(stream->send(make_event("servers", "{\"n\":1}")));
  EXPECT_EQ(socket.read_until("}\n\n\r\n"), chunk(kEvent));
}

TEST(EventStream, EndsWhenTheServerStops) {
  StreamServer server;
  RawSocket socket(server.server.port());
  const auto stream = server.open(socket);
  EXPECT_TRUE(stream->send(make_event("servers", "{\"n\":1}")));
  socket.read_until("}\n\n\r\n");
  auto stopped = server.server.stop(kPatience);
  EXPECT_EQ(socket.read_to_end(), "0\r\n\r\n");
  socket.close();
  EXPECT_EQ(stopped.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(stream->closed());
}

TEST(EventStream, TakesEventsFromManyThreadsForManyStreams) {
  StreamServer server;
  std::vector<std::unique_ptr<RawSocket>> sockets;
  std::vector<std::shared_ptr<EventStream>> streams;
  for (int i = 0; i < 50; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(server.server.port()));
    streams.push_back(server.open(*sockets.back()));
  }
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        const auto event = make_event("n", "x");
        for (auto& stream : streams) EXPECT_TRUE(stream->send(event));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  for (auto& stream : streams) stream->close();
  for (auto& socket : sockets) {
    const auto text = socket->read_to_end();
    std::size_t count = 0;
    for (auto at = text.find("event: n"); at != std::string::npos;
         at = text.find("event: n", at + 1)) {
      ++count;
    }
    EXPECT_EQ(count, 120u);
    EXPECT_TRUE(text.ends_with("0\r\n\r\n"));
  }
}

TEST(EventStream, GivesHeadOnlyTheHead) {
  StreamServer server;
  RawSocket socket(server.server.port());
  server.made = {};
  auto future = server.made.get_future();
  socket.send("HEAD /live HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(
      wait_for([&] { return future.wait_for(Milliseconds(0)) == std::future_status::ready; }));
  EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(future.get()->closed());
}

}  // namespace
}  // namespace wakeful::net::test
