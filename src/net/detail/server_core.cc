#include "net/detail/server_core.h"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Connections over the limit that are told so at the same time; more are just closed.
constexpr std::size_t kMaxRefusedConnections = 64;
/// Pause after the system had no descriptor or memory for a connection.
constexpr Milliseconds kAcceptPause{100};

/// Deadlines are checked often enough to be at most a quarter late, and not more often than needed.
Milliseconds tick_for(const HttpServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, Milliseconds(10), Milliseconds(500));
}

std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  std::string text = address.to_string();
  return text.substr(0, text.find('%'));  // without the interface of a link-local address
}

}  // namespace

ServerCore::ServerCore(asio::io_context& io, const HttpServerOptions& options, HttpHandler handler,
                       tcp::acceptor acceptor)
    : io_(io),
      options_(options),
      handler_(std::move(handler)),
      acceptor_(std::move(acceptor)),
      port_(acceptor_.local_endpoint().port()),
      read_buffer_(std::make_unique<std::array<char, 64 << 10>>()),
      mailbox_(std::make_shared<Mailbox>(
          io, [this](Mailbox::Message message) { deliver(std::move(message)); })),
      tick_(tick_for(options)),
      tick_timer_(io),
      accept_timer_(io),
      stop_timer_(io) {
  append_headers(common_headers_, options.common_headers);
}

ServerCore::~ServerCore() {
  alive_.reset();
  mailbox_->close();
  for_each_session([](Session& session) { session.close(); });
}

void ServerCore::accept() {
  acceptor_.async_accept(
      [this, alive = std::weak_ptr<bool>(alive_)](const error_code& error, tcp::socket socket) {
        if (alive.expired() || stopping_ || error == asio::error::operation_aborted) return;
        if (error && error != asio::error::connection_aborted) return accept_failed(error);
        if (!error) accepted(std::move(socket));
        accept();
      });
}

void ServerCore::accept_failed(const error_code& error) {
  log::error("http", "cannot accept connections; trying again", {{"error", error.message()}});
  accept_timer_.expires_after(kAcceptPause);
  accept_timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& ended) {
    if (!ended && !alive.expired() && !stopping_) accept();
  });
}

void ServerCore::accepted(tcp::socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  socket.non_blocking(true, error);
  if (error) return;
  socket.set_option(tcp::no_delay(true), error);
  if (session_count_ >= options_.max_connections + kMaxRefusedConnections) return;

  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const ConnectionId id{slot, slots_[slot].generation};
  auto session = std::make_shared<Session>(*this, std::move(socket), text_of(peer.address()), id);
  slots_[slot].session = session;
  ++session_count_;
  if (!tick_armed_) arm_tick();
  if (session_count_ > options_.max_connections) {
    session->refuse_connection();
  } else {
    session->start();
  }
}

std::shared_ptr<Session> ServerCore::find(ConnectionId id) const {
  const Slot& slot = slots_[id.slot];
  return slot.generation == id.generation ? slot.session : nullptr;
}

void ServerCore::deliver(Mailbox::Message message) {
  const auto session = find(message.connection);
  if (!message.response) {
    if (session) session->stream_ready();
  } else if (session) {
    session->answer(message.request, std::move(*message.response));
  } else if (message.response->stream) {
    message.response->stream->close();
  }
}

void ServerCore::set_deadline(ConnectionId id, MonoTime when) { slots_[id.slot].deadline = when; }

void ServerCore::clear_deadline(ConnectionId id) { slots_[id.slot].deadline = MonoTime::max(); }

void ServerCore::forget(ConnectionId id) {
  Slot& slot = slots_[id.slot];
  slot.session.reset();
  slot.deadline = MonoTime::max();
  ++slot.generation;
  free_slots_.push_back(id.slot);
  --session_count_;
  end_if_stopped();
}

template <class Function>
void ServerCore::for_each_session(Function function) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (const auto session = slots_[i].session) function(*session);
  }
}

void ServerCore::arm_tick() {
  tick_armed_ = true;
  tick_timer_.expires_after(tick_);
  tick_timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
    if (!error && !alive.expired()) tick();
  });
}

void ServerCore::tick() {
  const MonoTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].deadline > now) continue;
    slots_[i].deadline = MonoTime::max();
    if (const auto session = slots_[i].session) session->expire();
  }
  tick_armed_ = false;
  if (session_count_ > 0) arm_tick();
}

void ServerCore::stop(Milliseconds deadline, std::function<void()> done) {
  error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  stopping_ = true;
  stopped_ = std::move(done);
  for_each_session([](Session& session) { session.wind_down(); });
  end_if_stopped();
  stop_timer_.expires_after(deadline);
  stop_timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
    if (error || alive.expired()) return;
    for_each_session([](Session& session) { session.close(); });
    end_if_stopped();
  });
}

void ServerCore::end_if_stopped() {
  if (!stopping_ || session_count_ > 0 || !stopped_) return;
  stop_timer_.cancel();
  asio::post(io_, std::exchange(stopped_, nullptr));
}

}  // namespace wakeful::net::detail
