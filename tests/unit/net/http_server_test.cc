#include "net/http_server.h"

#include <atomic>
#include <optional>
#include <stdexcept>
#include <vector>

#include "compress.h"
#include "net/event_stream.h"
#include "net/worker_pool.h"
#include "net_support.h"

namespace wakeful::net::test {
namespace {

std::string post(std::string_view body, std::string_view headers = "") {
  return "POST /p?q=1 HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(HttpServer, AnswersOnAKeptConnection) {
  TestServer server(echo);
  RawSocket socket(server.port());
  for (int i = 0; i < 3; ++i) {
    socket.send(post("hello"));
    const auto response = socket.read_response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
    EXPECT_TRUE(contains(response, "\r\nContent-Type: text/plain\r\n")) << response;
    EXPECT_TRUE(contains(response, "\r\nDate: ")) << response;
    EXPECT_TRUE(response.ends_with("\r\n\r\nPOST /p?q=1 5:hello")) << response;
  }
}

TEST(HttpServer, TakesRequestsByteByByte) {
  TestServer server(echo);
  RawSocket socket(server.port());
  for (const char byte : post("hello") + post("again")) socket.send(std::string_view(&byte, 1));
  EXPECT_TRUE(socket.read_response().ends_with("5:hello"));
  EXPECT_TRUE(socket.read_response().ends_with("5:again"));
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server(echo);
  RawSocket socket(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += post(std::to_string(i));
  socket.send(all);
  for (int i = 0; i < 200; ++i) {
    const auto response = socket.read_response();
    ASSERT_TRUE(response.ends_with(":" + std::to_string(i))) << response;
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderFromOtherThreads) {
  WorkerPool pool(3, 1000);
  TestServer server([&pool](Request request, Responder respond) {
    auto shared = std::make_shared<Responder>(std::move(respond));
    auto job = [shared, body = std::move(request.body)] { (*shared)(text_response(body)); };
    ASSERT_TRUE(pool.submit(std::move(job)));
  });
  RawSocket socket(server.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += post("<" + std::to_string(i) + ">");
  socket.send(all);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(socket.read_response().ends_with("<" + std::to_string(i) + ">"));
  }
}

TEST(HttpServer, TakesAnswersFromManyThreadsAtOnce) {
  WorkerPool pool(4, 10'000);
  TestServer server([&pool](Request request, Responder respond) {
    auto shared = std::make_shared<Responder>(std::move(respond));
    auto job = [shared, body = std::move(request.body)] { (*shared)(text_response(body)); };
    ASSERT_TRUE(pool.submit(std::move(job)));
  });
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      RawSocket socket(server.port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(c) + "/" + std::to_string(i);
        socket.send(post(body));
        if (socket.read_response().ends_with("\r\n" + body)) ++right;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(right, 400);
}

TEST(HttpServer, SurvivesAnswersForConnectionsThatAreGone) {
  std::promise<Responder> asked;
  TestServer server([&](Request request, Responder respond) {
    if (request.path == "/late") return asked.set_value(std::move(respond));
    echo(std::move(request), std::move(respond));
  });
  auto late = asked.get_future();
  {
    RawSocket socket(server.port());
    socket.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(late.wait_for(kPatience), std::future_status::ready);
  }
  RawSocket other(server.port());
  late.get()(text_response(std::string(1 << 20, 'x')));
  other.send(post("fine"));
  EXPECT_TRUE(other.read_response().ends_with("4:fine"));
}

TEST(HttpServer, LetsAResponderOutliveTheServer) {
  std::promise<Responder> asked;
  auto late = asked.get_future();
  std::unique_ptr<RawSocket> socket;
  auto stream = std::make_shared<EventStream>();
  std::optional<Responder> responder;
  {
    TestServer server([&](Request, Responder respond) { asked.set_value(std::move(respond)); });
    socket = std::make_unique<RawSocket>(server.port());
    socket->send(post("x"));
    responder.emplace(late.get());
  }
  Response response;
  response.stream = stream;
  (*responder)(std::move(response));
  EXPECT_TRUE(stream->closed());
}

TEST(HttpServer, Answers500WhenTheHandlerThrowsOrForgets) {
  TestServer server([](Request request, Responder) {
    if (request.body == "throw") throw std::runtime_error("on purpose");
  });
  RawSocket socket(server.port());
  for (const auto* body : {"throw", "forget"}) {
    socket.send(post(body));
    const auto response = socket.read_response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 500 ")) << response;
    EXPECT_TRUE(contains(response, "application/problem+json")) << response;
    EXPECT_FALSE(contains(response, "on purpose")) << response;
  }
}

TEST(HttpServer, AnswersHeadWithoutBody) {
  TestServer server(echo);
  RawSocket socket(server.port());
  socket.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + post("next"));
  const auto head = socket.read_until("\r\n\r\n");
  EXPECT_TRUE(contains(head, "Content-Length: 11\r\n")) << head;
  EXPECT_TRUE(socket.read_response().starts_with("HTTP/1.1 200"));
}

TEST(HttpServer, Sends204And304WithoutBodyOrLength) {
  TestServer server([](Request request, Responder respond) {
    auto response = text_response("must not be sent");
    response.status = request.path == "/204" ? 204 : 304;
    respond(std::move(response));
  });
  RawSocket socket(server.port());
  socket.send("GET /204 HTTP/1.1\r\nHost: h\r\n\r\nGET /304 HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto first = socket.read_until("\r\n\r\n");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 204 No Content\r\n")) << first;
  EXPECT_FALSE(contains(first, "Content-Length")) << first;
  EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 304 Not Modified\r\n"));
}

TEST(HttpServer, ClosesWhenTheClientAsks) {
  TestServer server(echo);
  for (const auto* request :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawSocket socket(server.port());
    socket.send(request);
    const auto response = socket.read_to_end();
    EXPECT_TRUE(contains(response, "\r\nConnection: close\r\n")) << response;
    EXPECT_FALSE(socket.is_reset());
  }
  RawSocket kept(server.port());
  for (int i = 0; i < 2; ++i) {
    kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(contains(kept.read_response(), "\r\nConnection: keep-alive\r\n"));
  }
}

TEST(HttpServer, PutsTheCommonHeadersOnEveryResponse) {
  HttpServerOptions options;
  options.common_headers.add("X-Content-Type-Options", "nosniff");
  TestServer server(
      [](Request, Responder respond) {
        auto response = text_response("x");
        response.headers.add("X-Own", "1");
        respond(std::move(response));
      },
      options);
  RawSocket socket(server.port());
  socket.send(post(""));
  const auto response = socket.read_response();
  EXPECT_TRUE(contains(response, "\r\nX-Content-Type-Options: nosniff\r\n")) << response;
  EXPECT_TRUE(contains(response, "\r\nX-Own: 1\r\n")) << response;
  socket.send("rubbish\r\n\r\n");
  EXPECT_TRUE(contains(socket.read_to_end(), "\r\nX-Content-Type-Options: nosniff\r\n"));
}

TEST(HttpServer, SendsBodiesThatNoSocketBufferHolds) {
  static const std::string kLarge(20 << 20, 'y');
  TestServer server([](Request request, Responder respond) {
    Response response;
    if (request.path == "/static") {
      response.static_body = kLarge;
    } else {
      response.body = kLarge;
    }
    respond(std::move(response));
  });
  RawSocket socket(server.port());
  for (const auto* path : {"/static", "/own"}) {
    socket.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = socket.read_response();
    EXPECT_TRUE(response.ends_with(std::string(1000, 'y')));
    EXPECT_GT(response.size(), kLarge.size());
  }
}

TEST(HttpServer, DecompressesBodies) {
  TestServer server(echo);
  RawSocket socket(server.port());
  const std::string text(5000, 'z');
  socket.send(post(gzip(text), "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(socket.read_response().ends_with("5000:" + text));
  socket.send(post(zstd(text), "Content-Encoding: ZSTD\r\n"));
  EXPECT_TRUE(socket.read_response().ends_with("5000:" + text));
  socket.send(post(text, "Content-Encoding: identity\r\n"));
  EXPECT_TRUE(socket.read_response().ends_with("5000:" + text));
}

TEST(HttpServer, RefusesEncodingsItDoesNotKnow) {
  TestServer server(echo);
  for (const auto* encoding : {"br", "gzip, zstd", "deflate", "x\"y"}) {
    RawSocket socket(server.port());
    socket.send(post("hello", "Content-Encoding: " + std::string(encoding) + "\r\n"));
    const auto response = socket.read_to_end();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 415 ")) << response;
    EXPECT_TRUE(contains(response, "\r\nAccept-Encoding: gzip, zstd\r\n")) << response;
    EXPECT_TRUE(contains(response, "\"detail\":\"Content-Encoding: expected")) << response;
  }
}

TEST(HttpServer, TellsThePeersAddress) {
  HttpServerOptions options;
  options.host = "::";  // takes IPv4 too, whose addresses must not look like IPv6
  TestServer server(
      [](Request request, Responder respond) { respond(text_response(request.remote_address)); },
      options);
  RawSocket socket(server.port());
  socket.send(post("", "X-Forwarded-For: 10.1.2.3\r\n"));
  EXPECT_TRUE(socket.read_response().ends_with("\r\n\r\n127.0.0.1"));
}

TEST(HttpServer, SaysWhyItCannotListen) {
  TestServer server(echo);
  Loop loop;
  HttpServerOptions options;
  options.port = server.port();
  const auto taken = make_http_server(loop, options, echo);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_TRUE(contains(taken.error().message, "127.0.0.1:" + std::to_string(server.port())));

  options.port = 0;
  options.host = "localhost";
  const auto name = make_http_server(loop, options, echo);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Errc::invalid);
  EXPECT_TRUE(contains(name.error().message, "'localhost'")) << name.error().message;

  options.host = "192.0.2.1";
  const auto foreign = make_http_server(loop, options, echo);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Errc::invalid);
}

TEST(HttpServer, FinishesRunningRequestsWhenItStops) {
  std::promise<Responder> asked;
  std::promise<void> other_asked;
  TestServer server([&](Request request, Responder respond) {
    if (request.path == "/running") return asked.set_value(std::move(respond));
    echo(std::move(request), std::move(respond));
  });
  RawSocket idle(server.port());
  idle.send(post("x"));
  EXPECT_TRUE(idle.read_response().ends_with("1:x"));
  RawSocket half(server.port());
  half.send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  RawSocket running(server.port());
  running.send("GET /running HTTP/1.1\r\nHost: h\r\n\r\n");
  Responder respond = asked.get_future().get();

  auto stopped = server.stop(std::chrono::seconds(20));
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(stopped.wait_for(Milliseconds(0)), std::future_status::timeout);
  half.send("cd");
  const auto half_response = half.read_to_end();
  EXPECT_TRUE(half_response.ends_with("4:abcd")) << half_response;
  EXPECT_TRUE(contains(half_response, "Connection: close")) << half_response;
  respond(text_response("finished"));
  EXPECT_TRUE(running.read_to_end().ends_with("finished"));
  running.close();
  half.close();
  EXPECT_EQ(stopped.wait_for(kPatience), std::future_status::ready);
}

TEST(HttpServer, StopsAtTheDeadlineWhateverRuns) {
  std::promise<Responder> asked;
  TestServer server([&](Request, Responder respond) { asked.set_value(std::move(respond)); });
  RawSocket socket(server.port());
  socket.send(post("x"));
  Responder never = asked.get_future().get();
  auto stopped = server.stop(Milliseconds(30));
  EXPECT_EQ(stopped.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(socket.read_to_end(), "");
}

}  // namespace
}  // namespace wakeful::net::test
