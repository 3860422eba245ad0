// What the tests of the agent share: a loop that runs until something is so.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/io_context.hpp>

#include "net/asio_access.h"
#include "net/loop.h"

namespace wakeful::test {

/// Run the loop until the condition holds; false when the deadline passed first.
inline bool run_until(net::Loop& loop, const std::function<bool()>& condition,
                      Milliseconds deadline = Milliseconds{10'000}) {
  auto& io = net::io_context_of(loop);
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    io.restart();
    io.run_one_for(Milliseconds{5});
  }
  return true;
}

/// Run the loop for a time, when the test is that something does not happen.
inline void run_for(net::Loop& loop, Milliseconds time) {
  auto& io = net::io_context_of(loop);
  io.restart();
  io.run_for(time);
}

}  // namespace wakeful::test
