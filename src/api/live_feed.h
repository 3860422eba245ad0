// api/live_feed.h: the browsers that watch, and what they are told. docs/protocol.md §5 "Live".
//
// The server's ticker calls publish() twice a second: servers that changed since the last call
// become one event, encoded once for all streams. Nothing is encoded while nobody watches. thread:
// any
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "fleet/fleet.h"
#include "net/event_stream.h"

namespace wakeful::api {

class LiveFeed {
 public:
  static constexpr std::size_t kMaxWatchers = 1'000;
  /// A stream this old is ended. The browser opens it anew by itself, which checks its session
  /// again and counts as use of it.
  static constexpr Milliseconds kMaxAge{3'600'000};

  LiveFeed(Guarded<fleet::Fleet>& fleet, const Clock& clock) : fleet_(fleet), clock_(clock) {}

  /// A new stream; its first event carries all servers. session names the login it belongs to (for
  /// close_session). nullptr when kMaxWatchers watch already.
  std::shared_ptr<net::EventStream> open(const std::string& session);
  /// Send what changed since the last call to all streams; forget streams that ended.
  void publish();
  /// End the streams of a login that ended.
  void close_session(const std::string& session);
  void close_all();
  std::size_t watchers() const;

 private:
  struct Watcher {
    std::string session;
    std::shared_ptr<net::EventStream> stream;
    MonoTime opened;
  };
  struct Changes {
    std::vector<net::EventText> events;  ///< none when nothing changed
    std::uint64_t revision = 0;          ///< what they lead to
  };
  Changes changes_since(std::uint64_t revision);
  void forget_ended();

  Guarded<fleet::Fleet>& fleet_;
  const Clock& clock_;
  mutable std::mutex mutex_;       // taken before the fleet's, never after it
  std::vector<Watcher> watchers_;  // under mutex_
  std::uint64_t revision_ = 0;     // under mutex_: what all streams have been told
};

}  // namespace wakeful::api
