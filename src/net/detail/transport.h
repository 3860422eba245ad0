// net/detail/transport.h: a connection of the HTTP client: TCP, TLS or a unix socket.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include "base/result.h"

namespace wakeful::net::detail {

class Transport {
 public:
  using ErrorCode = boost::system::error_code;
  using Connected = std::function<void(const Result<void>&)>;
  using Moved = std::function<void(const ErrorCode&, std::size_t)>;
  using Pieces = std::array<boost::asio::const_buffer, 2>;

  virtual ~Transport() = default;
  /// One read and one write may be under way together. Callbacks come on the loop's thread, never
  /// from within the call; after close() with operation_aborted.
  /// errors  unavailable: refused, unreachable; denied: no permission, certificate not trusted
  virtual void connect(Connected done) = 0;
  virtual void read_some(boost::asio::mutable_buffer buffer, Moved done) = 0;
  virtual void write(Pieces pieces, Moved done) = 0;
  virtual void close() = 0;
  /// False when the other side has closed a kept connection, or has sent what nobody asked for.
  virtual bool looks_alive() = 0;
};

/// "10.0.0.1:80"
std::string text_of(const boost::asio::ip::tcp::endpoint& address);
Error connect_error(const boost::system::error_code& error);

std::shared_ptr<Transport> make_tcp_transport(boost::asio::io_context& io,
                                              boost::asio::ip::tcp::endpoint address);
std::shared_ptr<Transport> make_unix_transport(boost::asio::io_context& io,
                                               const std::string& path);

/// What certificates are verified with. Loading the system's CAs costs memory: only for https.
/// errors  invalid: the file cannot be read or holds no certificate
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& ca_file);
/// host  the name or address that the certificate must be for
std::shared_ptr<Transport> make_tls_transport(boost::asio::io_context& io,
                                              boost::asio::ip::tcp::endpoint address,
                                              std::shared_ptr<boost::asio::ssl::context> context,
                                              std::string host);

/// For implementations: look at a socket without taking anything from it.
/// Returns false when it has ended or (unless data_is_fine) has something to read.
bool socket_is_quiet(int socket, bool data_is_fine);

}  // namespace wakeful::net::detail
