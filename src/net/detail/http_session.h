// net/detail/http_session.h: one connection of the HTTP server, from accept to close.
//
// Reads and writes are plain non-blocking calls; Asio only says when a socket is ready. So an idle
// connection holds no buffer, and a request that fits one read costs one read and one write.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.h"
#include "net/detail/mailbox.h"
#include "net/detail/request_parser.h"
#include "net/detail/response_head.h"
#include "net/event_stream.h"

namespace wakeful::net::detail {

class ServerCore;

/// How long a connection that is answered may take to close its side when the server stops.
inline constexpr Milliseconds kDrainTimeWhenStopping{500};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(ServerCore& server, boost::asio::ip::tcp::socket socket, std::string remote_address,
          ConnectionId id);

  /// Begin to serve.
  void start();
  /// Too many connections: answer 503 without reading a request.
  void refuse_connection();
  /// The handler's answer to a request. Not the one that is waited for: dropped.
  void answer(std::uint32_t request, Response response);
  /// The event stream has something to send, or has ended.
  void stream_ready();
  /// The deadline passed that this session set last.
  void expire();
  /// Graceful stop: end what is idle; the rest closes after its answer.
  void wind_down();
  /// End at once.
  void close();

 private:
  enum class Phase : std::uint8_t {
    idle,       ///< between requests
    head,       ///< part of a request's headers is here
    body,       ///< headers complete, body not
    handling,   ///< the handler has it
    writing,    ///< the answer is on its way out
    streaming,  ///< the answer is an event stream
    draining,   ///< answered and shut down: read what the peer still sends, so that it sees the
                ///< answer
    closed,
  };
  enum class Written : std::uint8_t { all, part, failed };

  // Reading (http_session.cc).
  void wait_for_bytes();
  void on_readable();
  void consume(std::string_view bytes);
  void process_held();
  std::string_view process(std::string_view bytes);
  bool receiving() const { return phase_ <= Phase::body; }
  void send_continue();
  void dispatch();
  bool decompress(const std::string& encoding, Request& request);
  void peer_ended();
  void refuse(int status, std::string_view detail);
  void tell_refused(const std::string& path, int status, std::string_view detail);
  void refuse(Response response);

  // Writing (http_session_write.cc).
  void begin_answer();
  void begin_stream();
  void pump_stream();
  void queue_events();
  void ping();
  void continue_writing();
  bool all_written() const { return outgoing_at_ == outgoing_.size(); }
  Written write_some();
  void wait_to_write();
  void answer_written();
  void resume();
  void begin_draining();
  void drain();

  /// For reading: restarted when a phase begins, not with every byte.
  void set_read_deadline();
  void set_deadline(Milliseconds from_now);
  void clear_deadline();

  ServerCore* server_;  // not to be used once closed
  boost::asio::ip::tcp::socket socket_;
  const std::string remote_address_;
  const ConnectionId id_;
  Phase phase_ = Phase::idle;
  Phase deadline_phase_ = Phase::closed;  ///< which phase the read deadline is for
  bool served_ = false;                   ///< at least one request was answered
  bool waiting_for_bytes_ = false;
  bool waiting_to_write_ = false;
  bool close_after_answer_ = false;
  bool in_handler_ = false;
  bool processing_ = false;
  bool is_head_ = false;
  bool http_1_0_ = false;
  bool stream_ended_ = false;
  bool continue_sent_ = false;
  std::uint32_t request_number_ = 0;
  std::optional<RequestParser> parser_;
  std::string unparsed_;  ///< bytes that came and are not used yet
  std::optional<Response> response_;
  std::string head_;
  std::vector<boost::asio::const_buffer> outgoing_;  ///< what is left to write
  std::size_t outgoing_at_ = 0;                      ///< first of outgoing_ that is not written
  std::vector<EventText> events_;                    ///< keep the bytes in outgoing_ alive
  std::size_t drained_bytes_ = 0;
};

}  // namespace wakeful::net::detail
