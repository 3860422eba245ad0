// api/login_limiter.h: slows down guessing: per account and per address. thread: any. Bounded in
// memory.
//
// The first failures are free; then every further one doubles the wait, up to five minutes. An hour
// without an attempt forgets them. An IPv6 address counts as its /64 network, since one host has
// them all.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace wakeful::api {

class LoginLimiter {
 public:
  static constexpr int kFreeFailures = 5;
  static constexpr Milliseconds kFirstWait{2'000};
  static constexpr Milliseconds kLongestWait{300'000};
  static constexpr Milliseconds kMemory{3'600'000};
  static constexpr std::size_t kMaxEntries = 10'000;

  /// How long this attempt must wait; nullopt: go on. Counts nothing.
  std::optional<Milliseconds> must_wait(const std::string& account, const std::string& address,
                                        MonoTime now) const;
  /// must_wait, and when the answer is to go on, count a failure in the same step: guesses made at
  /// the same time cannot pass together. succeeded() takes it back.
  std::optional<Milliseconds> begin(const std::string& account, const std::string& address,
                                    MonoTime now);
  void failed(const std::string& account, const std::string& address, MonoTime now);
  void succeeded(const std::string& account, const std::string& address);
  /// Names and addresses remembered now.
  std::size_t entries() const;

 private:
  struct Attempts {
    int failures = 0;
    MonoTime last;
  };
  std::optional<Milliseconds> wait_of(const std::string& key, MonoTime now) const;
  std::optional<Milliseconds> longer_wait(const std::string& account, const std::string& address,
                                          MonoTime now) const;
  void count(const std::string& key, MonoTime now);
  void make_room(MonoTime now);

  mutable std::mutex mutex_;
  std::map<std::string, Attempts> attempts_;  // under mutex_; "a:NAME" and "i:ADDRESS"
};

}  // namespace wakeful::api
