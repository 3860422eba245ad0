// TCP and unix sockets for the HTTP client.
#include <cerrno>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include "net/detail/transport.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;

namespace {

void prepare(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
}
void prepare(stream_protocol::socket&) {}

template <class Protocol>
class PlainTransport final : public Transport,
                             public std::enable_shared_from_this<PlainTransport<Protocol>> {
 public:
  PlainTransport(asio::io_context& io, typename Protocol::endpoint address)
      : socket_(io), address_(std::move(address)) {}

  void connect(Connected done) override {
    socket_.async_connect(address_, [self = this->shared_from_this(),
                                     done = std::move(done)](const ErrorCode& error) {
      if (error) return done(fail(connect_error(error)));
      prepare(self->socket_);
      done({});
    });
  }
  void read_some(asio::mutable_buffer buffer, Moved done) override {
    socket_.async_read_some(buffer,
                            [self = this->shared_from_this(), done = std::move(done)](
                                const ErrorCode& error, std::size_t count) { done(error, count); });
  }
  void write(Pieces pieces, Moved done) override {
    asio::async_write(socket_, pieces,
                      [self = this->shared_from_this(), done = std::move(done)](
                          const ErrorCode& error, std::size_t count) { done(error, count); });
  }
  void close() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }
  bool looks_alive() override {
    return socket_.is_open() && socket_is_quiet(socket_.native_handle(), false);
  }

 private:
  typename Protocol::socket socket_;
  typename Protocol::endpoint address_;
};

}  // namespace

std::string text_of(const tcp::endpoint& address) {
  const std::string host = address.address().to_string();
  return (address.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(address.port());
}

Error connect_error(const boost::system::error_code& error) {
  const bool denied = error.value() == EACCES || error.value() == EPERM;
  return {denied ? Errc::denied : Errc::unavailable, error.message()};
}

bool socket_is_quiet(int socket, bool data_is_fine) {
  char byte = 0;
  const auto count = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  return count > 0 && data_is_fine;
}

std::shared_ptr<Transport> make_tcp_transport(asio::io_context& io, tcp::endpoint address) {
  return std::make_shared<PlainTransport<tcp>>(io, address);
}

std::shared_ptr<Transport> make_unix_transport(asio::io_context& io, const std::string& path) {
  return std::make_shared<PlainTransport<stream_protocol>>(io, stream_protocol::endpoint(path));
}

}  // namespace wakeful::net::detail
