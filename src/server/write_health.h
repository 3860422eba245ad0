// server/write_health.h: whether the store takes writes, as far as is known, for GET /health.
//
// Told by the writer after each commit and by whoever probes. thread: any
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace wakeful::server {

class WriteHealth {
 public:
  /// How long a success or a failure counts as knowledge; after it, somebody should probe.
  static constexpr Milliseconds kFresh{500};

  void succeeded(MonoTime now);
  void failed(std::string reason, MonoTime now);

  struct State {
    bool fresh = false;
    std::optional<std::string> reason;  ///< why the last write failed; nullopt: it went well
  };
  State state(MonoTime now) const;

 private:
  mutable std::mutex mutex_;
  std::optional<MonoTime> known_at_;   // under mutex_
  std::optional<std::string> reason_;  // under mutex_
};

}  // namespace wakeful::server
