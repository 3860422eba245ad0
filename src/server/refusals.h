// server/refusals.h: remembers refused reports for the owner and writes some of them to the log.
//
// A broken agent in a loop must not fill the disk with log lines: kLinesPerPeriod lines a period,
// then one line that says how many more there were. thread: any
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "api/refusal_log.h"
#include "base/clock.h"
#include "net/http.h"

namespace wakeful::server {

/// Decides which lines are written. Pure.
class LineBudget {
 public:
  static constexpr int kLinesPerPeriod = 10;
  static constexpr Milliseconds kPeriod{10'000};

  struct Decision {
    bool write = false;
    std::uint64_t withheld_before = 0;  ///< lines of the last period that were not written
  };
  Decision next(MonoTime now);

 private:
  MonoTime period_start_{};
  int written_ = 0;
  std::uint64_t withheld_ = 0;
};

class Refusals {
 public:
  Refusals(api::RefusalLog& log, const Clock& clock) : log_(log), clock_(clock) {}

  void add(const net::Request& request, int status, std::string_view detail) {
    add(request.remote_address, request.path, status, detail);
  }
  void add(std::string_view address, std::string_view path, int status, std::string_view detail);

 private:
  api::RefusalLog& log_;
  const Clock& clock_;
  std::mutex mutex_;
  LineBudget budget_;  // under mutex_
};

}  // namespace wakeful::server
