// cli/demo_feeder.h: sends the reports of simulated machines to a server, as their agents would.
//
// Used by `wakeful demo`. One thread of its own with a loop, some kept connections, the native
// protocol. Machines whose reports have gathered (the server is behind, or history is filled in)
// send them as a spool: many in a request, each with its own time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/demo_fleet.h"
#include "net/http_client.h"

namespace wakeful::cli {

struct FeederOptions {
  net::Endpoint server;
  DemoFleet fleet;
  Milliseconds interval{10'000};
  WallTime begin;  ///< of the simulated time, not in the future
  double speed = 1;
  Milliseconds utc_offset{0};
  /// Told now and then how it goes, on the feeder's thread.
  std::function<void(const std::string&)> say;
  /// Every report up to a time is stored: told with each line above.
  std::function<void(WallTime)> sent_until;
};

class Feeder {
 public:
  /// Begins at once.
  explicit Feeder(FeederOptions options);
  /// Ends it; what is on its way then may be stored or not.
  ~Feeder();
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::cli
