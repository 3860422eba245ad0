// api/login_limiter.h: slows down guessing: per account and per address. thread: any. Bounded in
// memory.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace wakeful::api {

class LoginLimiter {
 public:
  /// How long this attempt must wait; nullopt: go on. Counts nothing.
  std::optional<Milliseconds> must_wait(const std::string& account, const std::string& address,
                                        MonoTime now) const;
  void failed(const std::string& account, const std::string& address, MonoTime now);
  void succeeded(const std::string& account, const std::string& address);

 private:
  struct Attempts {
    int failures = 0;
    MonoTime last;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Attempts> attempts_;  // under mutex_; "a:NAME" and "i:ADDRESS"
};

}  // namespace wakeful::api
