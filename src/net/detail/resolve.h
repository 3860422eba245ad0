// net/detail/resolve.h: a host name to addresses, on a thread that lives for this lookup only.
//
// getaddrinfo() blocks and cannot be stopped. A thread of its own for each lookup keeps it off the
// loop, costs nothing between lookups, and lets a caller give up without waiting for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"

namespace wakeful::net::detail {

using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;

/// "10.0.0.1" or "::1" as an address; empty for a name.
Addresses parse_address(const std::string& host, std::uint16_t port);

class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  /// errors  unavailable: cannot be resolved, and why
  using Done = std::function<void(Result<Addresses>)>;

  /// done is called on the loop's thread, unless cancelled before.
  static std::shared_ptr<Lookup> start(boost::asio::io_context& io, std::string host,
                                       std::uint16_t port, Done done);
  /// done is not called any more. On the loop's thread.
  void cancel();

 private:
  void run(const std::string& host, std::uint16_t port);
  void report(Result<Addresses> result);

  std::mutex mutex_;
  boost::asio::io_context* io_ = nullptr;  // under mutex_; null once cancelled
  Done done_;                              // only on the loop's thread
};

}  // namespace wakeful::net::detail
