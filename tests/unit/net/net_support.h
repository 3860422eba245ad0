// tests/unit/net/net_support.h: a loop in a thread, a server on it, and a socket that says anything.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/http_server.h"
#include "net/loop.h"

namespace wakeful::net::test {

/// No wait of a test lasts longer.
inline constexpr std::chrono::seconds kPatience{20};

/// A loop that runs in a thread of its own until the end of the test.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.run(); }) {}
  ~LoopThread() {
    loop.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// Run a function on the loop's thread and wait for it.
  template <class Function>
  auto call(Function function) -> decltype(function()) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto result = task.get_future();
    loop.post([&task] { task(); });
    if (result.wait_for(kPatience) != std::future_status::ready) {
      ADD_FAILURE() << "the loop does not answer";
      std::abort();
    }
    return result.get();
  }

  Loop loop;

 private:
  std::thread thread_;
};

class TestServer {
 public:
  explicit TestServer(HttpHandler handler, const HttpServerOptions& options = {}) {
    loop_.call([&] {
      auto made = make_http_server(loop_.loop, options, std::move(handler));
      EXPECT_TRUE(made) << (made ? "" : made.error().message);
      server_ = std::move(*made);
    });
    port_ = server_->port();
  }
  ~TestServer() {
    loop_.call([this] { server_.reset(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const { return port_; }
  LoopThread& loop() { return loop_; }
  HttpServer& server() { return *server_; }
  std::future<void> stop(Milliseconds deadline) {
    auto stopped = std::make_shared<std::promise<void>>();
    auto future = stopped->get_future();
    loop_.call([&] { server_->stop(deadline, [stopped] { stopped->set_value(); }); });
    return future;
  }

 private:
  LoopThread loop_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

/// A blocking socket; every read gives up after kPatience.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{kPatience.count(), 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawSocket() { close(); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  /// False when the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void end_sending() { shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Small receive buffer, so that a sender gets stuck soon.
  void shrink_receive_buffer() {
    const int bytes = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  /// Read until the text has come; everything read so far is returned and taken away up to its end.
  std::string read_until(std::string_view text) {
    for (;;) {
      const auto at = received_.find(text);
      if (at != std::string::npos) return take(at + text.size());
      if (!read_more()) {
        ADD_FAILURE() << "expected '" << text << "', got '" << received_ << "'";
        return take(received_.size());
      }
    }
  }
  /// One response with a Content-Length, head and body.
  std::string read_response() {
    std::string head = read_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    const std::size_t length = std::stoul(head.substr(at + 16));
    while (received_.size() < length && read_more()) {
    }
    EXPECT_GE(received_.size(), length);
    return head + take(std::min(length, received_.size()));
  }
  /// Everything until the other side closes.
  std::string read_to_end() {
    while (read_more()) {
    }
    EXPECT_TRUE(ended_) << "the connection was not closed";
    return take(received_.size());
  }
  bool is_reset() const { return reset_; }

 private:
  bool read_more() {
    std::array<char, 16384> buffer;
    const auto count = recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
      return true;
    }
    reset_ = count < 0 && errno == ECONNRESET;
    ended_ = count == 0 || reset_;
    return false;
  }
  std::string take(std::size_t count) {
    std::string text = received_.substr(0, count);
    received_.erase(0, count);
    return text;
  }

  int fd_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wakeful_net_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline Response text_response(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

/// Answers with what it got: "POST /path?query 5:hello".
inline void echo(Request request, Responder respond) {
  respond(text_response(std::string(method_name(request.method)) + " " + request.path + "?" +
                        request.query + " " + std::to_string(request.body.size()) + ":" +
                        request.body));
}

}  // namespace wakeful::net::test
