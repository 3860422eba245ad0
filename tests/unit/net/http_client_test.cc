#include "net/http_client.h"

#include <atomic>
#include <optional>
#include <vector>

#include <sys/stat.h>
#include <sys/un.h>

#include "net_support.h"

namespace wakeful::net::test {
namespace {

using namespace std::chrono_literals;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Endpoint endpoint_at(std::uint16_t port) {
  return parse_endpoint("http://127.0.0.1:" + std::to_string(port)).value();
}

ClientRequest get(std::string target) {
  ClientRequest request;
  request.target = std::move(target);
  return request;
}

/// A listener that answers each connection with prepared bytes, whatever is asked.
class ScriptedServer {
 public:
  struct Script {
    Script(std::string first, bool closes = true, bool reads = true, std::string second = "",
           bool reads_second = false)
        : answer(std::move(first)),
          close_after(closes),
          read_request(reads),
          second_answer(std::move(second)),
          read_second(reads_second) {}

    std::string answer;         ///< to the first request
    bool close_after;           ///< else keep it open without a further word
    bool read_request;          ///< before answering
    std::string second_answer;  ///< to a second request on the same connection
    bool read_second;           ///< read a second request and close without an answer
  };

  explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    listen_on_loopback();
    thread_ = std::thread([this] { serve(); });
  }
  /// A unix socket instead.
  ScriptedServer(const std::string& path, std::vector<Script> scripts)
      : scripts_(std::move(scripts)) {
    fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
    for (const int kept : kept_) ::close(kept);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  std::string first_request() const { return first_request_; }

 private:
  void listen_on_loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  static std::string read_request(int fd) {
    std::string text;
    std::array<char, 4096> buffer;
    while (text.find("\r\n\r\n") == std::string::npos) {
      const auto count = recv(fd, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  static void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void serve() {
    for (const auto& script : scripts_) {
      const int fd = accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      if (script.read_request) {
        const auto request = read_request(fd);
        if (connections_ == 1) first_request_ = request;
      }
      write_all(fd, script.answer);
      if (!script.second_answer.empty() || script.read_second) {
        read_request(fd);
        write_all(fd, script.second_answer);
      }
      if (script.close_after) {
        ::close(fd);
      } else {
        kept_.push_back(fd);
      }
    }
  }

  std::vector<Script> scripts_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::string first_request_;
  std::vector<int> kept_;
  std::thread thread_;
};

std::vector<ScriptedServer::Script> scripts(std::initializer_list<ScriptedServer::Script> list) {
  return list;
}

/// A client on a loop of its own, used from the test's thread.
class TestClient {
 public:
  explicit TestClient(Endpoint endpoint, HttpClientOptions options = {}) {
    loop_.call([&] { client_ = make_http_client(loop_.loop, std::move(endpoint), options); });
  }
  ~TestClient() {
    loop_.call([this] { client_.reset(); });
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  std::future<Result<ClientResponse>> start(ClientRequest request) {
    auto promise = std::make_shared<std::promise<Result<ClientResponse>>>();
    auto future = promise->get_future();
    loop_.call([&] {
      client_->send(std::move(request), [promise](Result<ClientResponse> result) {
        promise->set_value(std::move(result));
      });
      // Called from within send() it would be ready here.
      EXPECT_EQ(future.wait_for(0ms), std::future_status::timeout);
    });
    return future;
  }
  Result<ClientResponse> send(ClientRequest request) {
    auto future = start(std::move(request));
    if (future.wait_for(kPatience) != std::future_status::ready) {
      ADD_FAILURE() << "no result";
      std::abort();
    }
    return future.get();
  }
  LoopThread& loop() { return loop_; }
  HttpClient& client() { return *client_; }
  void destroy() {
    loop_.call([this] { client_.reset(); });
  }

 private:
  LoopThread loop_;
  std::unique_ptr<HttpClient> client_;
};

void expect_error(const Result<ClientResponse>& result, Errc code, std::string_view part) {
  ASSERT_FALSE(result) << result->status << " " << result->body;
  EXPECT_EQ(errc_name(result.error().code), errc_name(code)) << result.error().message;
  EXPECT_TRUE(contains(result.error().message, part)) << result.error().message;
}

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(HttpClient, SendsARequestAndReadsTheAnswer) {
  TestServer server(echo);
  TestClient client(endpoint_at(server.port()));
  ClientRequest request;
  request.method = Method::post;
  request.target = "/a?b=c";
  request.body = "hello";
  const auto response = client.send(std::move(request));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.find("content-type"), "text/plain");
  EXPECT_EQ(response->body, "POST /a?b=c 5:hello");
}

TEST(HttpClient, SendsWhatAServerNeeds) {
  ScriptedServer server(scripts({{kOk}}));
  auto endpoint = endpoint_at(server.port());
  endpoint.base_path = "/base";
  TestClient client(endpoint);
  ClientRequest request;
  request.method = Method::post;
  request.headers.add("Authorization", "Bearer x");
  ASSERT_TRUE(client.send(std::move(request)));
  EXPECT_EQ(server.first_request(),
            "POST /base/ HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nConnection: keep-alive\r\nContent-Length: 0\r\n"
                "Authorization: Bearer x\r\n\r\n");
}

TEST(HttpClient, UsesOneConnectionForManyRequests) {
  ScriptedServer server(scripts({{kOk, true, true, kOk}}));
  TestClient client(endpoint_at(server.port()));
  EXPECT_EQ(client.send(get("/1")).value().body, "ok");
  EXPECT_EQ(client.send(get("/2")).value().body, "ok");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, OpensANewConnectionWhenTheKeptOneWasClosed) {
  ScriptedServer server(scripts({{kOk}, {kOk}, {kOk}}));
  TestClient client(endpoint_at(server.port()));
  for (int i = 0; i < 3; ++i) {
    const auto response = client.send(get("/"));
    ASSERT_TRUE(response) << response.error().message;
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClient, TriesOnceMoreWhenAKeptConnectionClosesInsteadOfAnAnswer) {
  // The first connection reads the second request and is closed without a word.
  ScriptedServer server(scripts({{kOk, true, true, "", true}, {kOk}}));
  TestClient client(endpoint_at(server.port()));
  ASSERT_TRUE(client.send(get("/1")));
  const auto response = client.send(get("/2"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, TriesOnlyOnce) {
  ScriptedServer server(scripts({{kOk, true, true, "", true}, {""}, {kOk}}));
  TestClient client(endpoint_at(server.port()));
  ASSERT_TRUE(client.send(get("/1")));
  expect_error(client.send(get("/2")), Errc::unavailable, "before it answered");
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, DoesNotTryAgainOnANewConnection) {
  ScriptedServer server(scripts({{""}, {kOk}}));
  TestClient client(endpoint_at(server.port()));
  expect_error(client.send(get("/")), Errc::unavailable, "before it answered");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, GivesUpWhenNobodyAnswers) {
  ScriptedServer server(scripts({{"", false}}));
  HttpClientOptions options;
  options.timeout = 60ms;
  TestClient client(endpoint_at(server.port()), options);
  expect_error(client.send(get("/")), Errc::timeout, "127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpClient, CountsTheDeadlineOverTheWholeExchange) {
  ScriptedServer server(scripts({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false}}));
  HttpClientOptions options;
  options.timeout = 60ms;
  TestClient client(endpoint_at(server.port()), options);
  expect_error(client.send(get("/")), Errc::timeout, "within 60 ms");
}

TEST(HttpClient, NamesTheAddressThatRefuses) {
  std::uint16_t port = 0;
  {
    ScriptedServer gone(scripts({}));
    port = gone.port();
  }
  TestClient client(endpoint_at(port));
  expect_error(client.send(get("/")), Errc::unavailable,
               "127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(HttpClient, ResolvesNames) {
  TestServer server(echo);
  TestClient client(parse_endpoint("http://localhost:" + std::to_string(server.port())).value());
  const auto response = client.send(get("/named"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "GET /named? 0:");
}

TEST(HttpClient, SaysThatANameIsUnknown) {
  TestClient client(parse_endpoint("http://no-such-host.invalid").value());
  expect_error(client.send(get("/")), Errc::unavailable, "no-such-host.invalid");
}

TEST(HttpClient, LimitsTheAnswer) {
  HttpClientOptions options;
  options.max_body_bytes = 1000;
  const std::string big(2000, 'x');
  for (const std::string& answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + big,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + big + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + big}) {
    ScriptedServer server(scripts({{answer}}));
    TestClient client(endpoint_at(server.port()), options);
    expect_error(client.send(get("/")), Errc::too_large, "limit of 1000 bytes");
  }
}

TEST(HttpClient, RefusesAnswersThatAreNotHttp) {
  std::string endless = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20'000; ++i) endless += "X-" + std::to_string(i) + ": y\r\n";
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("\0\1\2\3\4\5\6\7\r\n\r\n", 12),
        std::string("HTTP/1.1 abc\r\n\r\n"), std::string("HTTP/1.1 101 Switching\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), endless}) {
    ScriptedServer server(scripts({{answer, false}}));
    TestClient client(endpoint_at(server.port()));
    expect_error(client.send(get("/")), Errc::parse, "127.0.0.1:");
  }
}

TEST(HttpClient, SaysThatAnAnswerWasCut) {
  ScriptedServer server(scripts({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}}));
  TestClient client(endpoint_at(server.port()));
  expect_error(client.send(get("/")), Errc::unavailable, "cut off");
}

TEST(HttpClient, ReadsEveryFormOfAnswer) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n",
       "abc"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n" + kOk, "ok"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& [answer, body] : cases) {
    ScriptedServer server(scripts({{answer}}));
    TestClient client(endpoint_at(server.port()));
    const auto response = client.send(get("/"));
    ASSERT_TRUE(response) << answer << response.error().message;
    EXPECT_EQ(response->body, body);
  }
}

TEST(HttpClient, ReadsHeadWithoutWaitingForABody) {
  TestServer server(echo);
  TestClient client(endpoint_at(server.port()));
  ClientRequest request = get("/x");
  request.method = Method::head;
  const auto response = client.send(std::move(request));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->headers.find("Content-Length"), "11");
  EXPECT_EQ(response->body, "");
  EXPECT_TRUE(client.send(get("/next")));
}

TEST(HttpClient, SeesAnAnswerThatComesBeforeTheBodyIsSent) {
  HttpServerOptions options;
  options.max_body_bytes = 1000;
  TestServer server(echo, options);
  TestClient client(endpoint_at(server.port()));
  ClientRequest request;
  request.method = Method::post;
  request.body = std::string(8 << 20, 'x');
  const auto response = client.send(std::move(request));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 413);
}

TEST(HttpClient, RefusesASecondRequestWhileOneRuns) {
  ScriptedServer server(scripts({{"", false}}));
  TestClient client(endpoint_at(server.port()));
  auto first = client.start(get("/"));
  expect_error(client.send(get("/")), Errc::invalid, "running already");
  client.loop().call([&] { client.client().cancel(); });
  ASSERT_EQ(first.wait_for(kPatience), std::future_status::ready);
  expect_error(first.get(), Errc::unavailable, "cancelled");
}

TEST(HttpClient, RefusesTargetsThatBreakTheRequest) {
  TestClient client(endpoint_at(1));
  for (const auto* target : {"", "x", "/a b", "/a\r\nX: y"}) {
    expect_error(client.send(get(target)), Errc::invalid, "target");
  }
}

TEST(HttpClient, CallsNobodyWhenItIsDestroyed) {
  ScriptedServer server(scripts({{"", false}}));
  TestClient client(endpoint_at(server.port()));
  auto future = client.start(get("/"));
  client.destroy();
  client.loop().call([] {});
  // The callback is destroyed, not called.
  EXPECT_THROW(future.get(), std::future_error);
}

TEST(HttpClient, MayBeDestroyedInItsCallback) {
  TestServer server(echo);
  LoopThread loop;
  std::unique_ptr<HttpClient> client;
  std::promise<int> status;
  loop.call([&] {
    client = make_http_client(loop.loop, endpoint_at(server.port()), {});
    client->send(get("/"), [&](Result<ClientResponse> response) {
      client.reset();
      status.set_value(response ? response->status : 0);
    });
  });
  EXPECT_EQ(status.get_future().get(), 200);
}

TEST(HttpClient, SpeaksToUnixSockets) {
  TempDir dir;
  ScriptedServer server(dir.file("s.sock"), scripts({{kOk, true, true, kOk}}));
  TestClient client(parse_endpoint("unix:" + dir.file("s.sock")).value());
  EXPECT_EQ(client.send(get("/v1.41/containers/json?all=1")).value().body, "ok");
  EXPECT_EQ(client.send(get("/")).value().body, "ok");
  EXPECT_TRUE(server.first_request().starts_with(
      "GET /v1.41/containers/json?all=1 HTTP/1.1\r\nHost: localhost\r\n"));
}

TEST(HttpClient, SaysWhyAUnixSocketCannotBeUsed) {
  TempDir dir;
  const std::string missing = dir.file("missing.sock");
  TestClient absent(parse_endpoint("unix:" + missing).value());
  expect_error(absent.send(get("/")), Errc::unavailable,
               "unix:" + missing + ": No such file or directory");
  { ScriptedServer gone(dir.file("dead.sock"), scripts({})); }
  TestClient dead(parse_endpoint("unix:" + dir.file("dead.sock")).value());
  expect_error(dead.send(get("/")), Errc::unavailable, "dead.sock: Connection refused");
  if (geteuid() == 0) return;  // root may open everything
  ScriptedServer locked(dir.file("locked.sock"), scripts({}));
  chmod(dir.file("locked.sock").c_str(), 0);
  TestClient denied(parse_endpoint("unix:" + dir.file("locked.sock")).value());
  expect_error(denied.send(get("/")), Errc::denied, "locked.sock: Permission denied");
}

TEST(Fetch, WaitsForTheAnswerOnTheCallersThread) {
  TestServer server(echo);
  const auto response = fetch(endpoint_at(server.port()), get("/f"), {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "GET /f? 0:");
  const auto refused = fetch(endpoint_at(1), get("/"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace wakeful::net::test
