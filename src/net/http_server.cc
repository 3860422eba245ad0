#include "net/http_server.h"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "base/check.h"
#include "net/asio_access.h"
#include "net/detail/responder_impl.h"
#include "net/detail/server_core.h"

namespace wakeful::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

void send(Responder::Impl& to, Response response) {
  detail::Mailbox::Message message;
  message.connection = to.connection;
  message.request = to.request;
  message.response = std::move(response);
  to.mailbox->push_or_deliver(std::move(message));
}

auto listen_error(const std::string& address, const error_code& error) {
  if (error == asio::error::address_in_use) {
    return fail(Errc::conflict,
                address + ": the port is taken by another program: choose another, or 0 for any");
  }
  if (error == asio::error::access_denied) {
    return fail(Errc::denied, address + ": Permission denied: ports below 1024 need a privilege");
  }
  if (error.value() == EADDRNOTAVAIL) {
    return fail(Errc::invalid, address + ": no interface of this machine has the address");
  }
  return fail(Errc::io, address + ": cannot listen: " + error.message());
}

Result<tcp::acceptor> listen(asio::io_context& io, const HttpServerOptions& options) {
  error_code error;
  const auto host = asio::ip::make_address(options.host, error);
  if (error) {
    return fail(Errc::invalid,
                "expected an address such as 127.0.0.1, 0.0.0.0 or :: to listen on, got '" +
                    options.host + "'");
  }
  const std::string address =
      (host.is_v6() ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
  const tcp::endpoint endpoint(host, options.port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && host.is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(address, error);
  return acceptor;
}

}  // namespace

Responder::Responder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(impl_, other.impl_);  // what this one had is answered when other goes
  return *this;
}

Responder::~Responder() {
  if (impl_) send(*impl_, problem_response(500, status_title(500), "the request was not answered"));
}

void Responder::operator()(Response response) {
  WAKEFUL_CHECK(impl_ != nullptr);
  const auto impl = std::move(impl_);
  send(*impl, std::move(response));
}

Result<std::unique_ptr<HttpServer>> make_http_server(Loop& loop, const HttpServerOptions& options,
                                                     HttpHandler handler) {
  auto& io = io_context_of(loop);
  auto acceptor = listen(io, options);
  if (!acceptor) return fail(std::move(acceptor.error()));
  auto server =
      std::make_unique<detail::ServerCore>(io, options, std::move(handler), std::move(*acceptor));
  server->start();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace wakeful::net
