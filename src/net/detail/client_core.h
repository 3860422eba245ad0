// net/detail/client_core.h: the one connection and the one running request of an HttpClient.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/detail/resolve.h"
#include "net/detail/transport.h"
#include "net/http_client.h"

namespace wakeful::net::detail {

/// Callbacks of sockets and timers hold it, so that it outlives its HttpClient while they are under
/// way.
class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  using Done = std::function<void(Result<ClientResponse>)>;

  ClientCore(boost::asio::io_context& io, Endpoint endpoint, HttpClientOptions options);

  void send(ClientRequest request, Done done);
  void cancel();
  /// The HttpClient goes: nobody is called any more.
  void abandon();

 private:
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  /// Of one request. Operations that were cut off hold them until Asio has let go of them.
  struct Buffers {
    std::string head;
    std::string body;
    std::string input;
  };

  Result<std::shared_ptr<Buffers>> make_buffers(ClientRequest request);
  void start();
  void start_deadline();
  void open();
  void connect_next();
  void connected(const Result<void>& result);
  Result<std::shared_ptr<Transport>> make_transport();
  void exchange(bool kept);
  void begin_response();
  void read();
  void received(const ErrorCode& error, std::size_t count);
  void ended(const ErrorCode& error);
  void parse();
  void response_complete();
  void finish(Result<ClientResponse> result);
  void finish_error(Errc code, const std::string& message);
  void close_connection();
  std::string address_text() const;

  boost::asio::io_context& io_;
  const Endpoint endpoint_;
  const HttpClientOptions options_;

  Done done_;                   ///< set while a request runs
  std::uint64_t request_ = 0;   ///< which request the deadline is for
  std::uint64_t exchange_ = 0;  ///< changes with every step: callbacks of earlier ones are ignored
  const char* stage_ = "";      ///< what is being waited for
  boost::asio::steady_timer deadline_;
  MonoTime deadline_at_;
  boost::asio::steady_timer attempt_timer_;  ///< one address's share of the time

  std::shared_ptr<Lookup> lookup_;
  Addresses addresses_;
  std::size_t next_address_ = 0;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::shared_ptr<Transport> transport_;

  bool is_head_ = false;
  bool kept_ = false;      ///< the connection served a request before
  bool received_ = false;  ///< any byte of the response
  bool written_ = false;   ///< the whole request
  std::shared_ptr<Buffers> buffers_;
  std::optional<Parser> parser_;
  std::string unparsed_;
  std::size_t header_bytes_ = 0;
};

}  // namespace wakeful::net::detail
