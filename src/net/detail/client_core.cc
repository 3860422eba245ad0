#include "net/detail/client_core.h"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include "net/detail/response_head.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Scheme = Endpoint::Scheme;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kMaxHeaderBytes = 64 << 10;

std::string host_header(const Endpoint& endpoint) {
  if (endpoint.scheme == Scheme::unix_socket) return "localhost";
  std::string host = endpoint.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  const int usual = endpoint.scheme == Scheme::https ? 443 : 80;
  return endpoint.port == usual ? host : host + ":" + std::to_string(endpoint.port);
}

bool sends_length(const ClientRequest& request) {
  return !request.body.empty() || request.method == Method::post || request.method == Method::put ||
         request.method == Method::patch;
}

bool is_end(const boost::system::error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

ClientCore::ClientCore(asio::io_context& io, Endpoint endpoint, HttpClientOptions options)
    : io_(io),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      deadline_(io),
      attempt_timer_(io) {}

std::string ClientCore::address_text() const {
  if (endpoint_.scheme == Scheme::unix_socket) return "unix:" + endpoint_.host;
  const bool v6 = endpoint_.host.find(':') != std::string::npos;
  const std::string named =
      (v6 ? "[" + endpoint_.host + "]" : endpoint_.host) + ":" + std::to_string(endpoint_.port);
  if (next_address_ == 0 || next_address_ > addresses_.size()) return named;
  const std::string tried = text_of(addresses_[next_address_ - 1]);
  return tried == named ? named : named + " (" + tried + ")";
}

void ClientCore::send(ClientRequest request, Done done) {
  if (done_) {
    auto refusal = [done = std::move(done), text = address_text()] {
      done(fail(Errc::invalid, text + ": a request of this client is running already"));
    };
    asio::post(io_, std::move(refusal));
    return;
  }
  done_ = std::move(done);
  ++exchange_;
  start_deadline();
  auto buffers = make_buffers(std::move(request));
  // Never called back from within send().
  auto begin = [self = shared_from_this(), number = exchange_, buffers = std::move(buffers)] {
    if (number != self->exchange_) return;
    if (!buffers) return self->finish(fail(buffers.error()));
    self->buffers_ = *buffers;
    self->start();
  };
  asio::post(io_, std::move(begin));
}

Result<std::shared_ptr<ClientCore::Buffers>> ClientCore::make_buffers(ClientRequest request) {
  const std::string target = endpoint_.base_path + request.target;
  const bool blank_in_target = std::any_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 127;
  });
  if (!target.starts_with('/') || blank_in_target || request.method == Method::other) {
    return fail(Errc::invalid, address_text() +
                                   ": expected a method and a target like /path?query, got " +
                                   std::string(method_name(request.method)) + " '" + target + "'");
  }
  is_head_ = request.method == Method::head;
  auto buffers = std::make_shared<Buffers>();
  std::string& head = buffers->head;
  head.append(method_name(request.method)).append(" ").append(target).append(" HTTP/1.1\r\n");
  head.append("Host: ").append(host_header(endpoint_)).append("\r\nConnection: keep-alive\r\n");
  if (sends_length(request)) {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  append_headers(head, request.headers);
  head += "\r\n";
  buffers->body = std::move(request.body);
  buffers->input.resize(kReadBytes);
  return buffers;
}

void ClientCore::start_deadline() {
  deadline_at_ = std::chrono::steady_clock::now() + options_.timeout;
  deadline_.expires_at(deadline_at_);
  stage_ = "begin";
  deadline_.async_wait([weak = weak_from_this(), number = ++request_](const ErrorCode& error) {
    const auto self = weak.lock();
    if (error || !self || number != self->request_ || !self->done_) return;
    self->finish_error(Errc::timeout, "no answer within " +
                                          std::to_string(self->options_.timeout.count()) +
                                          " ms, waiting to " + self->stage_);
  });
}

void ClientCore::start() {
  if (transport_ && transport_->looks_alive()) return exchange(true);
  open();
}

void ClientCore::open() {
  close_connection();
  ++exchange_;
  next_address_ = 0;
  if (endpoint_.scheme == Scheme::unix_socket) return connect_next();
  addresses_ = parse_address(endpoint_.host, endpoint_.port);
  if (!addresses_.empty()) return connect_next();
  stage_ = "find the address";
  auto found = [self = shared_from_this(), number = exchange_](Result<Addresses> result) {
    if (number != self->exchange_) return;
    self->lookup_.reset();
    if (!result) return self->finish_error(result.error().code, result.error().message);
    self->addresses_ = std::move(*result);
    self->connect_next();
  };
  lookup_ = Lookup::start(io_, endpoint_.host, endpoint_.port, std::move(found));
}

Result<std::shared_ptr<Transport>> ClientCore::make_transport() {
  if (endpoint_.scheme == Scheme::unix_socket) return make_unix_transport(io_, endpoint_.host);
  const auto& address = addresses_[next_address_++];
  if (endpoint_.scheme == Scheme::http) return make_tcp_transport(io_, address);
  if (!tls_) {
    auto context = make_tls_context(options_.ca_file);
    if (!context) return fail(std::move(context.error()));
    tls_ = std::move(*context);
  }
  return make_tls_transport(io_, address, tls_, endpoint_.host);
}

void ClientCore::connect_next() {
  ++exchange_;
  stage_ = "connect";
  auto transport = make_transport();
  if (!transport) return finish(fail(std::move(transport.error())));
  transport_ = std::move(*transport);
  if (next_address_ < addresses_.size()) {
    // One address that swallows packets must not use up the time of the others.
    const auto left = deadline_at_ - std::chrono::steady_clock::now();
    attempt_timer_.expires_after(left / (addresses_.size() - next_address_ + 1));
    attempt_timer_.async_wait(
        [weak = weak_from_this(), number = exchange_](const ErrorCode& error) {
          const auto self = weak.lock();
          if (error || !self || number != self->exchange_) return;
          self->connected(fail(Errc::unavailable, "does not answer"));
        });
  }
  transport_->connect([self = shared_from_this(), number = exchange_](const Result<void>& result) {
    if (number == self->exchange_) self->connected(result);
  });
}

void ClientCore::connected(const Result<void>& result) {
  ++exchange_;
  attempt_timer_.cancel();
  if (result) return exchange(false);
  close_connection();
  // A certificate that is refused at one address is not asked for at the next.
  const bool try_next = result.error().code == Errc::unavailable;
  if (try_next && next_address_ < addresses_.size()) return connect_next();
  finish_error(result.error().code, result.error().message);
}

void ClientCore::exchange(bool kept) {
  ++exchange_;
  stage_ = "receive the answer";
  kept_ = kept;
  received_ = false;
  written_ = false;
  header_bytes_ = 0;
  unparsed_.clear();
  begin_response();
  const Transport::Pieces pieces{asio::buffer(buffers_->head), asio::buffer(buffers_->body)};
  // Reading starts at once: a server may answer (413) before it has read everything.
  transport_->write(pieces, [self = shared_from_this(), number = exchange_, buffers = buffers_](
                                const ErrorCode& error, std::size_t) {
    // If it failed, the read tells why, or brings an answer all the same.
    if (number == self->exchange_ && !error) self->written_ = true;
  });
  read();
}

void ClientCore::begin_response() {
  parser_.emplace();
  parser_->eager(true);
  parser_->skip(is_head_);
  parser_->body_limit(options_.max_body_bytes);
  parser_->header_limit(kMaxHeaderBytes);
}

void ClientCore::read() {
  transport_->read_some(asio::buffer(buffers_->input),
                        [self = shared_from_this(), number = exchange_, buffers = buffers_](
                            const ErrorCode& error, std::size_t count) {
                          if (number == self->exchange_) self->received(error, count);
                        });
}

void ClientCore::received(const ErrorCode& error, std::size_t count) {
  if (error) return ended(error);
  received_ = true;
  unparsed_.append(buffers_->input, 0, count);
  parse();
}

void ClientCore::ended(const ErrorCode& error) {
  if (kept_ && !received_) return open();  // closed while nobody looked: once more, on a new one
  if (is_end(error) && parser_->got_some() && unparsed_.empty()) {
    ErrorCode incomplete;
    parser_->put_eof(incomplete);
    // An answer without a length ends with the connection. TLS says so properly, or it was cut.
    if (!incomplete && error == asio::error::eof) return response_complete();
  }
  if (!received_) {
    const std::string why = is_end(error) ? "closed the connection" : error.message();
    return finish_error(Errc::unavailable, why + " before it answered");
  }
  finish_error(Errc::unavailable, "the answer was cut off: " + error.message());
}

void ClientCore::parse() {
  while (!unparsed_.empty()) {
    ErrorCode error;
    const bool in_header = !parser_->is_header_done();
    const std::size_t used = parser_->put(asio::buffer(unparsed_), error);
    unparsed_.erase(0, used);
    if (in_header && !parser_->is_header_done()) header_bytes_ += used;
    if (error == http::error::need_more) {
      error = {};
      if (header_bytes_ + unparsed_.size() > kMaxHeaderBytes) error = http::error::header_limit;
    }
    if (error == http::error::body_limit) {
      return finish_error(Errc::too_large, "the answer is over the limit of " +
                                               std::to_string(options_.max_body_bytes) + " bytes");
    }
    if (error) {
      return finish_error(Errc::parse, "the answer is not HTTP/1.1: " + error.message());
    }
    if (!parser_->is_done()) break;
    const unsigned status = parser_->get().result_int();
    if (status >= 200) return response_complete();
    if (status == 101) return finish_error(Errc::parse, "answered 101, which was not asked for");
    begin_response();  // 100 and its like: the answer is still to come
  }
  read();
}

void ClientCore::response_complete() {
  ClientResponse response;
  auto& message = parser_->get();
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message.base()) {
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = std::move(message.body());
  const bool keep = parser_->keep_alive() && written_ && unparsed_.empty();
  if (!keep) close_connection();
  finish(std::move(response));
}

void ClientCore::finish_error(Errc code, const std::string& message) {
  finish(fail(code, address_text() + ": " + message));
}

void ClientCore::finish(Result<ClientResponse> result) {
  ++exchange_;
  deadline_.cancel();
  attempt_timer_.cancel();
  if (lookup_) std::exchange(lookup_, nullptr)->cancel();
  if (!result) close_connection();
  parser_.reset();
  buffers_.reset();
  unparsed_ = {};
  if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

void ClientCore::close_connection() {
  if (transport_) std::exchange(transport_, nullptr)->close();
}

void ClientCore::cancel() {
  if (done_) return finish_error(Errc::unavailable, "the request was cancelled");
  close_connection();
}

void ClientCore::abandon() {
  done_ = nullptr;
  close_connection();
  finish(fail(Errc::unavailable, ""));
}

}  // namespace wakeful::net::detail
