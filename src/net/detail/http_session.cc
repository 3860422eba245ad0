// The receiving half of a connection: bytes to requests to the handler. See http_session_write.cc.
#include "net/detail/http_session.h"

#include <exception>
#include <utility>

#include <boost/asio/error.hpp>

#include "base/log.h"
#include "net/detail/responder_impl.h"
#include "net/detail/server_core.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
/// Reads of one connection before the others get their turn.
constexpr int kReadsInARow = 16;
/// What a reader of events may send; it has nothing to say.
constexpr std::size_t kMaxStreamInputBytes = 64 << 10;
}  // namespace

Session::Session(ServerCore& server, asio::ip::tcp::socket socket, std::string remote_address,
                 ConnectionId id)
    : server_(&server),
      socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      id_(id) {}

void Session::start() { wait_for_bytes(); }

void Session::refuse_connection() {
  auto response = problem_response(503, status_title(503),
                                   "the server has as many connections as it may: try again later");
  response.headers.add("Retry-After", "5");
  refuse(std::move(response));
}

void Session::wait_for_bytes() {
  if (waiting_for_bytes_) return;
  if (receiving()) set_read_deadline();
  waiting_for_bytes_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       self->waiting_for_bytes_ = false;
                       if (self->phase_ == Phase::closed) return;
                       if (error) {
                         self->close();
                       } else {
                         self->on_readable();
                       }
                     });
}

void Session::on_readable() {
  if (phase_ == Phase::draining) return drain();
  auto& buffer = server_->read_buffer();
  for (int reads = 0; reads < kReadsInARow; ++reads) {
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) break;
    if (error == asio::error::eof) return peer_ended();
    if (error) return close();
    if (phase_ == Phase::streaming) {
      drained_bytes_ += count;
      if (drained_bytes_ > kMaxStreamInputBytes) return close();
    } else {
      consume(std::string_view(buffer.data(), count));
      if (!receiving()) return;
    }
    if (count < buffer.size()) break;
  }
  wait_for_bytes();
}

void Session::consume(std::string_view bytes) {
  if (unparsed_.empty()) {
    unparsed_.assign(process(bytes));
  } else {
    unparsed_.append(bytes);
    process_held();
  }
}

void Session::process_held() {
  std::string held = std::exchange(unparsed_, {});
  const std::size_t left = process(held).size();
  held.erase(0, held.size() - left);
  unparsed_ = std::move(held);
}

std::string_view Session::process(std::string_view bytes) {
  processing_ = true;
  while (!bytes.empty() && receiving()) {
    if (phase_ == Phase::idle) {
      // An empty line before a request: old clients send one after a body.
      while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
      if (bytes.empty()) break;
      phase_ = Phase::head;
      parser_.emplace(server_->options().max_header_bytes, server_->options().max_body_bytes);
    }
    bool error = false;
    bytes.remove_prefix(parser_->feed(bytes, error));
    if (error) {
      const Refusal& refusal = parser_->refusal();
      refuse(refusal.status, refusal.detail);
      break;
    }
    if (phase_ == Phase::head && parser_->has_header()) phase_ = Phase::body;
    if (!parser_->complete()) {
      if (phase_ == Phase::body && parser_->expects_continue() && bytes.empty()) send_continue();
      break;
    }
    dispatch();
  }
  processing_ = false;
  return bytes;
}

void Session::send_continue() {
  if (parser_->body_bytes() > 0 || continue_sent_) return;
  continue_sent_ = true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code error;
  // Nothing else is on its way out, so these few bytes fit; a peer for which they do not is stuck.
  const std::size_t count =
      socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), error);
  if (error || count != kContinue.size()) close();
}

void Session::dispatch() {
  clear_deadline();
  is_head_ = parser_->is_head();
  http_1_0_ = parser_->is_http_1_0();
  continue_sent_ = false;
  if (!parser_->keep_alive()) close_after_answer_ = true;
  const std::string encoding = parser_->content_encoding();
  Request request = parser_->take_request();
  parser_.reset();
  phase_ = Phase::handling;
  ++request_number_;
  if (!encoding.empty() && !request.body.empty() && !decompress(encoding, request)) return;
  request.remote_address = remote_address_;

  in_handler_ = true;
  try {
    server_->handler()(std::move(request), Responder(std::make_unique<Responder::Impl>(
                                               server_->mailbox(), id_, request_number_)));
  } catch (const std::exception& error) {
    // Its Responder is gone by now and has left the answer 500.
    log::error("http", "a handler threw", {{"what", error.what()}});
  } catch (...) {
    log::error("http", "a handler threw something that is not a std::exception");
  }
  in_handler_ = false;
  if (phase_ == Phase::handling && response_) begin_answer();
}

bool Session::decompress(const std::string& encoding, Request& request) {
  auto body =
      server_->decompressor().run(encoding, request.body, server_->options().max_body_bytes);
  if (body) {
    request.body = std::move(*body);
    return true;
  }
  int status = 400;
  if (body.error().code == Errc::too_large) status = 413;
  if (body.error().code == Errc::unsupported) status = 415;
  tell_refused(request.path, status, body.error().message);
  auto response = problem_response(status, status_title(status), body.error().message);
  if (status == 415) response.headers.add("Accept-Encoding", "gzip, zstd");
  refuse(std::move(response));
  return false;
}

void Session::answer(std::uint32_t request, Response response) {
  if (phase_ != Phase::handling || request != request_number_ || response_) {
    if (response.stream) response.stream->close();
    return;
  }
  response_ = std::move(response);
  if (!in_handler_) begin_answer();
}

void Session::peer_ended() {
  if (phase_ == Phase::head) return refuse(400, "the request ended within its headers");
  if (phase_ == Phase::body) {
    return refuse(400, "the request ended after " + std::to_string(parser_->body_bytes()) +
                           " bytes of its body");
  }
  close();
}

void Session::tell_refused(const std::string& path, int status, std::string_view detail) {
  const auto& told = server_->options().on_refused;
  if (told) told(remote_address_, path, status, detail);
}

void Session::refuse(int status, std::string_view detail) {
  tell_refused(parser_ ? parser_->path() : std::string(), status, detail);
  refuse(problem_response(status, status_title(status), detail));
}

void Session::refuse(Response response) {
  close_after_answer_ = true;
  phase_ = Phase::handling;
  ++request_number_;  // whoever answers the request that was refused is late
  response_ = std::move(response);
  begin_answer();
}

void Session::set_read_deadline() {
  if (phase_ == deadline_phase_) return;
  deadline_phase_ = phase_;
  const auto& options = server_->options();
  if (phase_ == Phase::idle)
    return set_deadline(served_ ? options.idle_timeout : options.header_timeout);
  set_deadline(phase_ == Phase::head ? options.header_timeout : options.body_timeout);
}

void Session::set_deadline(Milliseconds from_now) {
  server_->set_deadline(id_, std::chrono::steady_clock::now() + from_now);
}

void Session::clear_deadline() {
  deadline_phase_ = Phase::closed;
  server_->clear_deadline(id_);
}

void Session::expire() {
  const auto& options = server_->options();
  switch (phase_) {
    case Phase::head:
      return refuse(408, "the headers did not come within " +
                             std::to_string(options.header_timeout.count()) + " ms");
    case Phase::body:
      return refuse(408, "the body did not come within " +
                             std::to_string(options.body_timeout.count()) + " ms: got " +
                             std::to_string(parser_->body_bytes()) + " bytes");
    case Phase::streaming:
      if (all_written()) return ping();
      break;
    case Phase::handling:
      return;
    case Phase::idle:
    case Phase::writing:
    case Phase::draining:
    case Phase::closed:
      break;
  }
  close();
}

void Session::wind_down() {
  switch (phase_) {
    case Phase::idle: {
      error_code error;
      const bool request_waits = !unparsed_.empty() || socket_.available(error) > 0;
      if (!request_waits) return close();
      close_after_answer_ = true;
      break;
    }
    case Phase::streaming:
      response_->stream->close();
      break;
    case Phase::draining:
      set_deadline(kDrainTimeWhenStopping);
      break;
    default:
      close_after_answer_ = true;
      break;
  }
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  if (response_ && response_->stream) {
    response_->stream->attach(nullptr);
    response_->stream->close();
  }
  error_code ignored;
  socket_.close(ignored);
  server_->forget(id_);
}

}  // namespace wakeful::net::detail
