// api/setup.h: the one-time link with which the first admin account is made. thread: any
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace wakeful::api {

class Setup {
 public:
  /// Make a new token, ending an older one. The caller prints it.
  std::string begin();
  bool matches(std::string_view token) const;
  /// The account is made: no token works any more.
  void finish();

 private:
  mutable std::mutex mutex_;
  std::string token_hash_;  // under mutex_; empty: no setup is open
};

}  // namespace wakeful::api
