// net/loop.h: one thread's event loop: timers, posted functions, signals. Asio stays in loop.cc.
//
// Everything that runs on a Loop runs on the one thread that calls run(). post() and stop() may be
// called from anywhere.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>

#include "base/clock.h"

namespace wakeful::net {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Run until stop(). Functions that throw are logged and do not end the loop.
  void run();
  /// thread: any. Pending functions are not run any more.
  void stop();
  /// Run a function on the loop's thread soon. thread: any
  void post(std::function<void()> function);

  /// A planned call. Destroying it cancels it. Must be used on the loop's thread.
  class Timer {
   public:
    Timer() = default;
    struct Impl;
    explicit Timer(std::shared_ptr<Impl> impl);

   private:
    std::shared_ptr<Impl> impl_;
  };
  /// Call once after a delay.
  [[nodiscard]] Timer after(Milliseconds delay, std::function<void()> function);
  /// Call every interval, first after one interval. The next time is planned time plus interval: no
  /// drift; ticks that were missed (a slow function, a sleeping host) are skipped, not caught up.
  [[nodiscard]] Timer every(Milliseconds interval, std::function<void()> function);
  /// Call on each of these signals until the loop ends.
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> function);

  /// For net/ and the few files that use Asio themselves: the io_context behind it.
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::net
