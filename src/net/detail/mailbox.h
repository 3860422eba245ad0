// net/detail/mailbox.h: what other threads tell the server's connections, many with one wake-up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "net/http.h"

namespace wakeful::net::detail {

/// Slot in the server's table and how often that slot was used before: never means another
/// connection later.
struct ConnectionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

/// Outlives the server, so that a late answer finds nobody instead of freed memory.
/// It holds at most one answer per running request and one notice per event stream.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  struct Message {
    ConnectionId connection;
    std::uint32_t request = 0;         ///< which request of the connection is answered
    std::optional<Response> response;  ///< nothing: its event stream has something to say
  };
  using Deliver = std::function<void(Message)>;

  Mailbox(boost::asio::io_context& io, Deliver deliver) : io_(&io), deliver_(std::move(deliver)) {}

  /// Deliver on the loop's thread, soon. thread: any
  void push(Message message);
  /// Deliver at once if this is the loop's thread, else soon. thread: any
  void push_or_deliver(Message message);
  /// The server goes: nothing is delivered any more.
  void close();

 private:
  void drain();

  std::mutex mutex_;
  boost::asio::io_context* io_;    // under mutex_; null once closed
  std::vector<Message> messages_;  // under mutex_
  // Only on the loop's thread (or after it ended).
  Deliver deliver_;
  std::vector<Message> draining_;
};

}  // namespace wakeful::net::detail
