// The answering half of a connection: responses, event streams, and the orderly end.
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "net/detail/http_session.h"
#include "net/detail/server_core.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Proxies and browsers end a stream that says nothing for long.
constexpr Milliseconds kPingInterval{15'000};
/// After an error answer: what the peer may still send, so that it reads the answer and not a
/// reset.
constexpr Milliseconds kDrainTime{5'000};
constexpr std::size_t kMaxDrainBytes = 128 << 20;
constexpr int kDrainReadsInARow = 64;

constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kChunkEnd = "\r\n";

asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

const EventText& ping_text() {
  static const EventText text = std::make_shared<const std::string>(": ping\n\n");
  return text;
}

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

void Session::begin_answer() {
  if (server_->stopping()) close_after_answer_ = true;
  if (response_->stream && is_head_) std::exchange(response_->stream, nullptr)->close();
  if (response_->stream) return begin_stream();
  const std::string_view body =
      response_->body.empty() ? response_->static_body : std::string_view(response_->body);
  HeadParts parts;
  if (has_no_body(response_->status)) parts.framing = Framing::none;
  parts.body_bytes = body.size();
  parts.close = close_after_answer_;
  parts.http_1_0 = http_1_0_;
  parts.date = server_->date();
  parts.common_headers = server_->common_headers();
  head_.clear();
  append_response_head(head_, *response_, parts);
  outgoing_.push_back(buffer_of(head_));
  if (!is_head_ && parts.framing == Framing::length && !body.empty()) {
    outgoing_.push_back(buffer_of(body));
  }
  phase_ = Phase::writing;
  continue_writing();
}

void Session::continue_writing() {
  switch (write_some()) {
    case Written::all:
      return answer_written();
    case Written::part:
      return wait_to_write();
    case Written::failed:
      return close();
  }
}

Session::Written Session::write_some() {
  while (!all_written()) {
    error_code error;
    const std::span<const asio::const_buffer> left(outgoing_.data() + outgoing_at_,
                                                   outgoing_.size() - outgoing_at_);
    std::size_t count = socket_.write_some(left, error);
    if (error == asio::error::would_block) return Written::part;
    if (error) return Written::failed;
    while (!all_written() && count >= outgoing_[outgoing_at_].size()) {
      count -= outgoing_[outgoing_at_].size();
      ++outgoing_at_;
    }
    if (count > 0) outgoing_[outgoing_at_] += count;
  }
  outgoing_.clear();
  outgoing_at_ = 0;
  return Written::all;
}

void Session::wait_to_write() {
  set_deadline(server_->options().idle_timeout);  // anew with every piece that went out
  waiting_to_write_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code& error) {
                       self->waiting_to_write_ = false;
                       if (self->phase_ == Phase::closed) return;
                       if (error) return self->close();
                       if (self->phase_ == Phase::streaming) return self->pump_stream();
                       self->continue_writing();
                     });
}

void Session::answer_written() {
  response_.reset();
  served_ = true;
  if (close_after_answer_) return begin_draining();
  phase_ = Phase::idle;
  deadline_phase_ = Phase::closed;
  if (!processing_) resume();
}

void Session::resume() {
  if (unparsed_.empty()) return wait_for_bytes();
  // Not here and now: this may be inside another connection's handler.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ != Phase::idle) return;
    self->process_held();
    if (self->receiving()) self->wait_for_bytes();
  });
}

void Session::begin_stream() {
  phase_ = Phase::streaming;
  HeadParts parts;
  parts.framing = http_1_0_ ? Framing::until_end : Framing::chunked;
  parts.close = http_1_0_;
  parts.date = server_->date();
  parts.common_headers = server_->common_headers();
  head_.clear();
  append_response_head(head_, *response_, parts);
  outgoing_.push_back(buffer_of(head_));
  // Its end is the end of the connection: events have no use for a request behind them.
  close_after_answer_ = true;
  unparsed_.clear();
  wait_for_bytes();  // only to notice that the reader has gone
  auto notify = [mailbox = server_->mailbox(), id = id_] {
    Mailbox::Message message;
    message.connection = id;
    mailbox->push(std::move(message));
  };
  response_->stream->attach(std::move(notify));
  if (server_->stopping()) response_->stream->close();
  pump_stream();
}

void Session::stream_ready() {
  if (phase_ != Phase::streaming) return;
  if (response_->stream->dropped()) return close();
  if (!waiting_to_write_) pump_stream();
}

void Session::pump_stream() {
  for (;;) {
    switch (write_some()) {
      case Written::all:
        break;
      case Written::part:
        return wait_to_write();
      case Written::failed:
        return close();
    }
    events_.clear();
    if (stream_ended_) return begin_draining();
    if (response_->stream->dropped()) return close();
    const bool ended = response_->stream->closed();
    events_ = response_->stream->take();
    if (!events_.empty()) {
      queue_events();
    } else if (ended) {
      stream_ended_ = true;
      if (!http_1_0_) outgoing_.push_back(buffer_of(kLastChunk));
    } else {
      return set_deadline(kPingInterval);
    }
  }
}

void Session::ping() {
  events_.assign(1, ping_text());
  queue_events();
  pump_stream();
}

/// The events as one chunk, without copying them.
void Session::queue_events() {
  std::size_t size = 0;
  for (const auto& event : events_) size += event->size();
  if (!http_1_0_) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    head_.assign(digits.data(), end).append(kChunkEnd);
    outgoing_.push_back(buffer_of(head_));
  }
  for (const auto& event : events_) outgoing_.push_back(buffer_of(*event));
  if (!http_1_0_) outgoing_.push_back(buffer_of(kChunkEnd));
}

void Session::begin_draining() {
  phase_ = Phase::draining;
  if (response_ && response_->stream) response_->stream->attach(nullptr);
  response_.reset();
  parser_.reset();
  unparsed_.clear();
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return close();
  drained_bytes_ = 0;
  set_deadline(server_->stopping() ? kDrainTimeWhenStopping : kDrainTime);
  wait_for_bytes();
}

void Session::drain() {
  auto& buffer = server_->read_buffer();
  for (int reads = 0; reads < kDrainReadsInARow; ++reads) {
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) break;
    drained_bytes_ += count;
    if (error || drained_bytes_ > kMaxDrainBytes) return close();
  }
  wait_for_bytes();
}

}  // namespace wakeful::net::detail
