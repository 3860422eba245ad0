// server/write_health.h: whether the store takes writes, as far as is known, for GET /health.
//
// Told by the writer after each commit and by whoever probes. thread: any
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace wakeful::server {

class WriteHealth {
 public:
  /// How long a success or a failure counts as knowledge; after it, somebody should probe.
  static constexpr Milliseconds kFresh{500};

  /// What is written, each with its own luck: they may lie on different disks.
  enum class Part : std::uint8_t { samples, events };

  void succeeded(Part part, MonoTime now);
  void failed(Part part, std::string reason, MonoTime now);

  struct State {
    bool fresh = false;
    std::optional<std::string> reason;  ///< why a last write failed; nullopt: all went well
  };
  State state(MonoTime now) const;

 private:
  mutable std::mutex mutex_;
  std::optional<MonoTime> known_at_;                   // under mutex_
  std::array<std::optional<std::string>, 2> reasons_;  // under mutex_: by Part
};

}  // namespace wakeful::server
