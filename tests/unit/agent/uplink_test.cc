// The uplink against a real HTTP server in the same loop.
#include "agent/uplink.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "net/http_server.h"
#include "unit/agent/loop_support.h"
#include "wire/native.h"

namespace wakeful::agent {
namespace {

using test::run_for;
using test::run_until;
using Kind = UplinkOutcome::Kind;

/// A server that answers as a test says and writes down what came.
class FakeServer {
 public:
  explicit FakeServer(net::Loop& loop, std::uint16_t port = 0) {
    net::HttpServerOptions options;
    options.port = port;
    auto made =
        net::make_http_server(loop, options, [this](net::Request request, net::Responder respond) {
          times.push_back(std::chrono::steady_clock::now());
          keys.emplace_back(request.headers.find("Authorization").value_or(""));
          sent_ms.emplace_back(request.headers.find("Wakeful-Sent-Ms").value_or(""));
          paths.push_back(request.path);
          bodies.push_back(std::move(request.body));
          if (hangs) {
            held.push_back(std::move(respond));
            return;
          }
          respond(answer(bodies.back()));
        });
    EXPECT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  std::uint16_t port() const { return server_->port(); }

  static std::size_t count_reports(const std::string& body) {
    return 1 + static_cast<std::size_t>(std::ranges::count(body, ','));
  }

  static net::Response acknowledge(const std::string& body) {
    net::Response response;
    response.body = wire::encode_reply({count_reports(body), 0, from_unix_ms(1)});
    return response;
  }

  std::function<net::Response(const std::string&)> answer = acknowledge;
  bool hangs = false;
  std::vector<net::Responder> held;
  std::vector<std::string> bodies;
  std::vector<std::string> keys;
  std::vector<std::string> sent_ms;
  std::vector<std::string> paths;
  std::vector<std::chrono::steady_clock::time_point> times;

 private:
  std::unique_ptr<net::HttpServer> server_;
};

net::Response problem(int status, std::string detail) {
  return net::problem_response(status, net::status_title(status), detail);
}

/// Bare numbers stand for reports: the uplink does not look inside.
class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() {
    options.first_retry = Milliseconds{20};
    options.longest_retry = Milliseconds{80};
    options.refused_retry = Milliseconds{100};
  }

  void connect(const std::string& url) {
    options.server_url = url;
    options.key = "wk_test";
    net::HttpClientOptions client_options;
    client_options.timeout = timeout;
    auto endpoint = net::parse_endpoint(url);
    ASSERT_TRUE(endpoint) << endpoint.error().message;
    uplink = std::make_unique<Uplink>(loop, net::make_http_client(loop, *endpoint, client_options),
                                      options);
    uplink->on_outcome([this](const UplinkOutcome& outcome) { outcomes.push_back(outcome); });
  }

  bool until_outcomes(std::size_t count) {
    return run_until(loop, [&] { return outcomes.size() >= count; });
  }
  bool until_delivered() {
    return run_until(loop, [&] { return uplink->queued() == 0; });
  }

  net::Loop loop;
  UplinkOptions options;
  Milliseconds timeout{3000};
  std::vector<UplinkOutcome> outcomes;
  std::unique_ptr<Uplink> uplink;
};

TEST_F(UplinkTest, ARequestSaysWhenItWasSentByTheAgentsClock) {
  FakeServer server(loop);
  connect(server.url());
  const auto before = to_unix_ms(SystemClock().wall_now());
  uplink->submit("1");
  ASSERT_TRUE(until_delivered());
  ASSERT_EQ(server.sent_ms.size(), 1U);
  const auto sent = parse_integer<std::int64_t>(server.sent_ms.front());
  ASSERT_TRUE(sent) << server.sent_ms.front();
  EXPECT_GE(*sent, before);
  EXPECT_LE(*sent, to_unix_ms(SystemClock().wall_now()));
}

TEST_F(UplinkTest, AReportIsSentWithTheKeyAndLeavesTheQueueWhenAcknowledged) {
  FakeServer server(loop);
  connect(server.url());
  uplink->submit("1");
  EXPECT_EQ(uplink->queued(), 1U) << "not acknowledged yet";
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::ElementsAre("1"));
  EXPECT_EQ(server.keys.front(), "Bearer wk_test");
  EXPECT_EQ(server.paths.front(), "/api/v1/reports");
  EXPECT_EQ(uplink->counters().acknowledged, 1U);
  EXPECT_EQ(outcomes.front().kind, Kind::acknowledged);
  EXPECT_EQ(outcomes.front().status, 200);
}

TEST_F(UplinkTest, WhatGatheredWhileARequestRanGoesAsOneBatchInOrder) {
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(run_until(loop, [&] { return server.held.size() == 1; }));
  for (const char* report : {"2", "3", "4"}) uplink->submit(report);
  server.hangs = false;
  server.held.front()(FakeServer::acknowledge("1"));
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::ElementsAre("1", "[2,3,4]"));
  EXPECT_EQ(uplink->counters().acknowledged, 4U);
}

TEST_F(UplinkTest, ABatchIsBounded) {
  options.max_batch_reports = 2;
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("0");
  ASSERT_TRUE(run_until(loop, [&] { return server.held.size() == 1; }));
  for (const char* report : {"1", "2", "3", "4", "5"}) uplink->submit(report);
  server.hangs = false;
  server.held.front()(FakeServer::acknowledge("0"));
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::ElementsAre("0", "[1,2]", "[3,4]", "5"));
}

TEST_F(UplinkTest, ReportsSurviveAServerThatGoesAwayAndComesBack) {
  auto server = std::make_unique<FakeServer>(loop);
  const std::string url = server->url();
  const std::uint16_t port = server->port();
  connect(url);
  uplink->submit("1");
  ASSERT_TRUE(until_delivered());
  server.reset();

  for (const char* report : {"2", "3", "4"}) {
    uplink->submit(report);
    ASSERT_TRUE(until_outcomes(outcomes.size() + 1));
    EXPECT_EQ(outcomes.back().kind, Kind::failed);
    EXPECT_FALSE(outcomes.back().message.empty());
  }
  EXPECT_EQ(uplink->queued(), 3U);

  server = std::make_unique<FakeServer>(loop, port);
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server->bodies, ::testing::ElementsAre("[2,3,4]")) << "oldest first, each once";
  EXPECT_EQ(uplink->counters().acknowledged, 4U);
}

TEST_F(UplinkTest, AReportWithoutAnAnswerIsSentAgain) {
  timeout = Milliseconds{150};
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::failed);
  server.hangs = false;
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::Contains("1").Times(::testing::Ge(2)));
  EXPECT_EQ(uplink->counters().acknowledged, 1U);
}

TEST_F(UplinkTest, FailuresAreTriedAgainEverMoreSlowly) {
  options.first_retry = Milliseconds{40};
  options.longest_retry = Milliseconds{10'000};
  FakeServer server(loop);
  server.answer = [](const std::string&) { return problem(503, "the queue is full"); };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(run_until(loop, [&] { return server.times.size() >= 5; }));
  const auto second_wait = server.times[2] - server.times[1];
  const auto fourth_wait = server.times[4] - server.times[3];
  EXPECT_GE(second_wait, Milliseconds{40});
  EXPECT_GE(fourth_wait, Milliseconds{160});
  EXPECT_EQ(uplink->queued(), 1U);
  EXPECT_THAT(outcomes.front().message, ::testing::HasSubstr("the queue is full"));
}

TEST_F(UplinkTest, RetryAfterIsHonoured) {
  FakeServer server(loop);
  server.answer = [](const std::string&) {
    auto response = problem(503, "come back later");
    response.headers.add("Retry-After", "1");
    return response;
  };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(run_until(loop, [&] { return server.times.size() >= 2; }));
  EXPECT_GE(server.times[1] - server.times[0], Milliseconds{1000});
}

TEST_F(UplinkTest, AnUnknownKeySaysWhatToDoAndKeepsTheReports) {
  FakeServer server(loop);
  server.answer = [](const std::string&) { return problem(401, "unknown key"); };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::refused);
  EXPECT_EQ(outcomes.front().status, 401);
  EXPECT_THAT(outcomes.front().message, ::testing::HasSubstr("--key-file"));
  uplink->submit("2");
  ASSERT_TRUE(run_until(loop, [&] { return server.times.size() >= 2; }));
  EXPECT_GE(server.times[1] - server.times[0], Milliseconds{100}) << "tried slowly";
  server.answer = FakeServer::acknowledge;
  ASSERT_TRUE(until_delivered());
  EXPECT_EQ(server.bodies.back(), "[1,2]");
}

TEST_F(UplinkTest, AConflictIsDroppedCountedAndTold) {
  FakeServer server(loop);
  server.answer = [](const std::string&) { return problem(409, "gpu4 reports with this key"); };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::dropped);
  EXPECT_EQ(outcomes.front().message, "gpu4 reports with this key");
  EXPECT_EQ(uplink->queued(), 0U);
  EXPECT_EQ(uplink->counters().refused, 1U);
}

TEST_F(UplinkTest, OnlyTheBadReportOfABatchIsDropped) {
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(run_until(loop, [&] { return server.held.size() == 1; }));
  for (const char* report : {"2", "bad", "4", "5"}) uplink->submit(report);
  server.hangs = false;
  server.answer = [](const std::string& body) {
    return body.find("bad") == std::string::npos ? FakeServer::acknowledge(body)
                                                 : problem(400, "host: expected an object");
  };
  server.held.front()(FakeServer::acknowledge("1"));
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::ElementsAre("1", "[2,bad,4,5]", "2", "bad", "4", "5"));
  EXPECT_EQ(uplink->counters().acknowledged, 4U);
  EXPECT_EQ(uplink->counters().refused, 1U);
}

TEST_F(UplinkTest, WhatTheServerRefusedForItsTimeIsCountedAndNotSentAgain) {
  FakeServer server(loop);
  server.answer = [](const std::string& body) {
    wire::ReportReply reply{FakeServer::count_reports(body), 0, from_unix_ms(1)};
    reply.refused = 1;
    reply.refused_detail = "time_ms: expected a time of the last 30 days";
    net::Response response;
    response.body = wire::encode_reply(reply);
    return response;
  };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_delivered());
  EXPECT_THAT(server.bodies, ::testing::ElementsAre("1"));
  EXPECT_EQ(uplink->counters().acknowledged, 0U);
  EXPECT_EQ(uplink->counters().refused, 1U);
  EXPECT_EQ(outcomes.front().kind, Kind::acknowledged);
  EXPECT_EQ(outcomes.front().message, "time_ms: expected a time of the last 30 days");
}

TEST_F(UplinkTest, AFullQueueDropsTheOldestAndCounts) {
  options.queue = {.reports = 3, .bytes = 1000};
  options.first_retry = options.longest_retry = Milliseconds{5000};
  FakeServer server(loop);
  server.answer = [](const std::string&) { return problem(503, "not now"); };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  for (int i = 2; i <= 10; ++i) uplink->submit(std::to_string(i));
  EXPECT_EQ(uplink->queued(), 3U);
  EXPECT_EQ(uplink->counters().overflowed, 7U);
  server.answer = FakeServer::acknowledge;
  bool flushed = false;
  uplink->flush(Milliseconds{3000}, [&] { flushed = true; });
  ASSERT_TRUE(run_until(loop, [&] { return flushed; }));
  EXPECT_EQ(server.bodies.back(), "[8,9,10]");
}

TEST_F(UplinkTest, SomethingElseThanWakefulIsNamedAndKeepsTheReports) {
  FakeServer server(loop);
  server.answer = [](const std::string&) {
    net::Response response;
    response.content_type = "text/html";
    response.body = "<html>It works!</html>";
    return response;
  };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::refused);
  EXPECT_THAT(outcomes.front().message, ::testing::HasSubstr("not as a Wakeful server does"));
  EXPECT_EQ(uplink->queued(), 1U);
}

TEST_F(UplinkTest, AnAnswerForFewerReportsThanWereSentAcknowledgesNothing) {
  FakeServer server(loop);
  server.answer = [](const std::string&) {
    net::Response response;
    response.body = wire::encode_reply({0, 0, from_unix_ms(1)});
    return response;
  };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::failed);
  EXPECT_EQ(uplink->queued(), 1U);
  EXPECT_EQ(uplink->counters().acknowledged, 0U);
}

TEST_F(UplinkTest, ARedirectionNamesTheAddressToUse) {
  FakeServer server(loop);
  server.answer = [](const std::string&) {
    net::Response response;
    response.status = 301;
    response.headers.add("Location", "https://elsewhere/");
    return response;
  };
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(until_outcomes(1));
  EXPECT_EQ(outcomes.front().kind, Kind::refused);
  EXPECT_THAT(outcomes.front().message, ::testing::HasSubstr("https://elsewhere/"));
}

TEST_F(UplinkTest, AFlushEndsByItsDeadlineWhenTheServerHangs) {
  timeout = Milliseconds{60'000};
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("1");
  const auto start = std::chrono::steady_clock::now();
  bool flushed = false;
  uplink->flush(Milliseconds{100}, [&] { flushed = true; });
  ASSERT_TRUE(run_until(loop, [&] { return flushed; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, Milliseconds{3000});
  EXPECT_EQ(uplink->queued(), 1U);
}

TEST_F(UplinkTest, AnUplinkThatEndsWhileARequestRunsIsNotCalledAnyMore) {
  FakeServer server(loop);
  server.hangs = true;
  connect(server.url());
  uplink->submit("1");
  ASSERT_TRUE(run_until(loop, [&] { return server.held.size() == 1; }));
  uplink.reset();
  server.held.front()(FakeServer::acknowledge("1"));
  run_for(loop, Milliseconds{50});
  EXPECT_TRUE(outcomes.empty());
}

}  // namespace
}  // namespace wakeful::agent
