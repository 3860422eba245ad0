// net/event_stream.h: server-sent events to one browser. A reader that does not read is dropped,
// not waited for.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace wakeful::net {

/// A ready-made event text, shared by all the streams it goes to.
using EventText = std::shared_ptr<const std::string>;
/// "event: NAME\ndata: DATA\n\n". data must be one line (JSON is).
EventText make_event(std::string_view name, std::string_view data);

/// Made by a handler, handed to the connection in Response::stream. thread: any, except where said.
class EventStream {
 public:
  explicit EventStream(std::size_t max_queued_bytes = 4 << 20)
      : max_queued_bytes_(max_queued_bytes) {}

  /// Queue an event. False when the stream has ended, or ends now because the reader is too slow.
  bool send(EventText event);
  /// End it from our side (log-out, shutdown).
  void close();
  bool closed() const { return closed_.load(); }

  /// True when it ended because the reader was too slow.
  bool dropped() const { return dropped_.load(); }

  // For the connection only.
  /// Everything queued, in order.
  std::vector<EventText> take();
  /// on_ready is called, from any thread, when there is something to take or the stream was closed
  /// (now, if that is so already). It must not call back into the stream; empty detaches.
  void attach(std::function<void()> on_ready);

 private:
  const std::size_t max_queued_bytes_;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> dropped_ = false;
  std::mutex mutex_;
  std::vector<EventText> queue_;    // under mutex_
  std::size_t queued_bytes_ = 0;    // under mutex_
  std::function<void()> on_ready_;  // under mutex_
};

}  // namespace wakeful::net
