#include <atomic>
#include <vector>

#include "compress.h"
#include "net/http_server.h"
#include "net_support.h"

namespace wakeful::net::test {
namespace {

/// Deadlines of a test: a client that is meant to be slow must not be, one that is not must be able.
HttpServerOptions small_limits() {
  HttpServerOptions options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 10'000;
  return options;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void expect_problem(const std::string& response, int status, std::string_view detail) {
  EXPECT_TRUE(response.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << response;
  EXPECT_TRUE(contains(response, "Content-Type: application/problem+json\r\n")) << response;
  EXPECT_TRUE(contains(response, "Connection: close\r\n")) << response;
  EXPECT_TRUE(contains(response, "\"status\":" + std::to_string(status))) << response;
  EXPECT_TRUE(contains(response, detail)) << response;
}

TEST(HttpServerLimits, RefusesLongHeaders) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  socket.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  expect_problem(socket.read_to_end(), 431, "1024 bytes");
  EXPECT_FALSE(socket.is_reset());
}

TEST(HttpServerLimits, RefusesAnAnnouncedBodyBeforeItComes) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n");
  expect_problem(socket.read_to_end(), 413, "10000 bytes");
}

TEST(HttpServerLimits, RefusesABodyThatGrowsInChunks) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "400\r\n" + std::string(1024, 'x') + "\r\n";
  for (int i = 0; i < 20; ++i) socket.send(chunk);
  expect_problem(socket.read_to_end(), 413, "10000 bytes");
}

TEST(HttpServerLimits, LetsAClientThatSendsOnSeeTheAnswer) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  const std::size_t size = 20 << 20;
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
  EXPECT_TRUE(socket.send(std::string(size, 'x'))) << "all of it is taken, and thrown away";
  expect_problem(socket.read_to_end(), 413, "10000 bytes");
  EXPECT_FALSE(socket.is_reset());
}

TEST(HttpServerLimits, RefusesBombs) {
  TestServer server(echo, small_limits());
  const std::string bomb(1 << 20, '\0');
  for (const auto& [encoding, body] : {std::pair<std::string, std::string>{"gzip", gzip(bomb)},
                                       {"zstd", zstd(bomb)},
                                       {"zstd", zstd_without_size(bomb)}}) {
    RawSocket socket(server.port());
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: " + encoding +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    expect_problem(socket.read_to_end(), 413, "decompresses to more than 10000 bytes");
  }
}

TEST(HttpServerLimits, RefusesDamagedCompression) {
  TestServer server(echo, small_limits());
  for (const auto* encoding : {"gzip", "zstd"}) {
    RawSocket socket(server.port());
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: " + std::string(encoding) +
                "\r\nContent-Length: 5\r\n\r\nhello");
    expect_problem(socket.read_to_end(), 400, "the body is not valid " + std::string(encoding));
  }
}

TEST(HttpServerLimits, EndsSlowHeaders) {
  auto options = small_limits();
  options.header_timeout = Milliseconds(60);
  TestServer server(echo, options);
  RawSocket socket(server.port());
  socket.send("GET / HTTP/1.1\r\nHost");
  expect_problem(socket.read_to_end(), 408, "headers did not come within 60 ms");
}

TEST(HttpServerLimits, EndsHeadersThatTrickle) {
  auto options = small_limits();
  options.header_timeout = Milliseconds(100);
  TestServer server(echo, options);
  RawSocket socket(server.port());
  socket.send("GET / HTTP/1.1\r\n");
  // A byte now and then does not buy time. The server ends it: then sending fails.
  std::thread trickle([&] {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (socket.send("X") && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
      std::this_thread::sleep_for(Milliseconds(5));
    }
  });
  EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 4"));
  socket.end_sending();
  trickle.join();
}

TEST(HttpServerLimits, ClosesAConnectionThatSaysNothing) {
  auto options = small_limits();
  options.header_timeout = Milliseconds(60);
  TestServer server(echo, options);
  RawSocket socket(server.port());
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(HttpServerLimits, EndsSlowBodies) {
  auto options = small_limits();
  options.body_timeout = Milliseconds(60);
  TestServer server(echo, options);
  RawSocket socket(server.port());
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  expect_problem(socket.read_to_end(), 408, "within 60 ms: got 3 bytes");
}

TEST(HttpServerLimits, ClosesIdleConnections) {
  auto options = small_limits();
  options.idle_timeout = Milliseconds(60);
  TestServer server(echo, options);
  RawSocket socket(server.port());
  socket.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(socket.read_response().starts_with("HTTP/1.1 200"));
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(HttpServerLimits, EndsAReaderThatStandsStill) {
  auto options = small_limits();
  options.idle_timeout = Milliseconds(60);
  std::atomic<int> requests = 0;
  TestServer server(
      [&](Request, Responder respond) {
        ++requests;
        respond(text_response(std::string(32 << 20, 'x')));
      },
      options);
  RawSocket socket(server.port());
  socket.shrink_receive_buffer();
  socket.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  // Not reading: the server gives up, so that stopping has nothing to wait for.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (requests == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(server.stop(kPatience).wait_for(kPatience / 2), std::future_status::ready);
}

TEST(HttpServerLimits, SaysThatThereAreTooManyConnections) {
  auto options = small_limits();
  options.max_connections = 2;
  TestServer server(echo, options);
  RawSocket first(server.port());
  RawSocket second(server.port());
  for (auto* socket : {&first, &second}) {
    socket->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(socket->read_response().starts_with("HTTP/1.1 200"));
  }
  {
    RawSocket third(server.port());
    third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = third.read_to_end();
    expect_problem(response, 503, "as many connections as it may");
    EXPECT_TRUE(contains(response, "Retry-After: ")) << response;
  }
  first.close();
  // The place is free as soon as the server has noticed.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (bool served = false; !served && std::chrono::steady_clock::now() < until;) {
    RawSocket next(server.port());
    next.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    served = next.read_to_end().starts_with("HTTP/1.1 200");
    if (std::chrono::steady_clock::now() >= until) ADD_FAILURE() << "never served again";
  }
}

TEST(HttpServerLimits, SaysContinueToAClientThatWaitsForIt) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  for (int i = 0; i < 2; ++i) {
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("hello");
    EXPECT_TRUE(socket.read_response().ends_with("5:hello"));
  }
  socket.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 50000\r\n\r\n");
  expect_problem(socket.read_to_end(), 413, "10000 bytes");
}

TEST(HttpServerLimits, TakesChunkedBodies) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  socket.send(
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5\r\nhello\r\n1;note=x\r\n!\r\n0\r\nTrailer: t\r\n\r\nGET /n HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(socket.read_response().ends_with("POST /c? 6:hello!"));
  EXPECT_TRUE(socket.read_response().ends_with("GET /n? 0:"));
}

TEST(HttpServerLimits, AnswersRubbishAndCloses) {
  TestServer server(echo, small_limits());
  for (const std::string text :
       {"rubbish\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01",
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        "\r\n"}) {
    RawSocket socket(server.port());
    socket.send(text);
    expect_problem(socket.read_to_end(), 400, "\"title\":\"Bad Request\"");
  }
}

TEST(HttpServerLimits, SaysWhereACutRequestEnded) {
  TestServer server(echo, small_limits());
  RawSocket body(server.port());
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  body.end_sending();
  expect_problem(body.read_to_end(), 400, "after 3 bytes of its body");
  RawSocket head(server.port());
  head.send("POST / HTT");
  head.end_sending();
  expect_problem(head.read_to_end(), 400, "within its headers");
}

TEST(HttpServerLimits, AnswersAClientThatOnlyStoppedSending) {
  TestServer server(echo, small_limits());
  RawSocket socket(server.port());
  socket.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  socket.end_sending();
  EXPECT_TRUE(socket.read_to_end().ends_with("GET /x? 0:"));
}

}  // namespace
}  // namespace wakeful::net::test
