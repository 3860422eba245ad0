// api/refusal_log.h: reports that were refused, counted and remembered, so that the owner sees who
// knocks and why. thread: any. Bounded: the newest 100.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace wakeful::api {

struct Refusal {
  WallTime time;
  std::string address;
  std::string path;
  int status = 0;      ///< 200 with resultCode 99 is kept as 400
  std::string detail;  ///< shortened to 300 bytes
};

class RefusalLog {
 public:
  void add(Refusal refusal);
  std::uint64_t total() const;
  /// Newest first.
  std::vector<Refusal> recent() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t total_ = 0;     // under mutex_
  std::deque<Refusal> recent_;  // under mutex_, newest first
};

}  // namespace wakeful::api
