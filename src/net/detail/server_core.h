// net/detail/server_core.h: what the connections of one HTTP server share.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/detail/decompress.h"
#include "net/detail/http_session.h"
#include "net/detail/mailbox.h"
#include "net/detail/response_head.h"
#include "net/http_server.h"

namespace wakeful::net::detail {

class ServerCore final : public HttpServer {
 public:
  ServerCore(boost::asio::io_context& io, const HttpServerOptions& options, HttpHandler handler,
             boost::asio::ip::tcp::acceptor acceptor);
  ~ServerCore() override;
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;

  std::uint16_t port() const override { return port_; }
  void stop(Milliseconds deadline, std::function<void()> done) override;
  void start() { accept(); }

  // For sessions.
  const HttpServerOptions& options() const { return options_; }
  const HttpHandler& handler() const { return handler_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  std::string_view common_headers() const { return common_headers_; }
  std::string_view date() { return date_.now(); }
  bool stopping() const { return stopping_; }
  Decompressor& decompressor() { return decompressor_; }
  /// Where every session reads to; what it does not use at once it must copy.
  std::array<char, 64 << 10>& read_buffer() { return *read_buffer_; }
  /// Session::expire() is called a little after then. One deadline per connection.
  void set_deadline(ConnectionId id, MonoTime when);
  void clear_deadline(ConnectionId id);
  void forget(ConnectionId id);

 private:
  struct Slot {
    std::shared_ptr<Session> session;
    MonoTime deadline = MonoTime::max();
    std::uint32_t generation = 0;
  };

  void accept();
  void accept_failed(const boost::system::error_code& error);
  void accepted(boost::asio::ip::tcp::socket socket);
  void deliver(Mailbox::Message message);
  void arm_tick();
  void tick();
  void end_if_stopped();
  std::shared_ptr<Session> find(ConnectionId id) const;
  template <class Function>
  void for_each_session(Function function);

  boost::asio::io_context& io_;
  const HttpServerOptions options_;
  const HttpHandler handler_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::string common_headers_;
  DateHeader date_;
  Decompressor decompressor_;
  std::unique_ptr<std::array<char, 64 << 10>> read_buffer_;
  std::shared_ptr<Mailbox> mailbox_;

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t session_count_ = 0;

  /// Deadlines are looked through once per tick: thousands of connections need no timer each.
  const Milliseconds tick_;
  boost::asio::steady_timer tick_timer_;
  bool tick_armed_ = false;
  boost::asio::steady_timer accept_timer_;
  boost::asio::steady_timer stop_timer_;
  std::function<void()> stopped_;
  bool stopping_ = false;
  /// Handlers of Asio operations that may run after the core is gone hold this weakly.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace wakeful::net::detail
