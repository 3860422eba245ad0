#include "net/loop.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "base/log.h"
#include "net/asio_access.h"
#include "net/detail/loop_impl.h"

namespace wakeful::net {

namespace asio = boost::asio;
using boost::system::error_code;

struct Loop::Timer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, std::function<void()> f) : timer(io), function(std::move(f)) {}

  void arm() {
    timer.expires_at(planned);
    timer.async_wait([weak = weak_from_this()](error_code error) {
      // The lock keeps the function alive while it runs, even if it destroys its own timer.
      auto self = weak.lock();
      if (!self || error) return;
      self->run();
      const bool periodic = self->interval.count() > 0;
      self.reset();
      if (auto still_wanted = periodic ? weak.lock() : nullptr) still_wanted->arm_next();
    });
  }

  void run() {
    if (interval.count() > 0) {
      function();
    } else {
      std::exchange(function, nullptr)();
    }
  }

  void arm_next() {
    planned += interval;
    const auto now = std::chrono::steady_clock::now();
    if (planned <= now) planned += ((now - planned) / interval + 1) * interval;
    arm();
  }

  asio::steady_timer timer;
  std::function<void()> function;
  std::chrono::steady_clock::time_point planned;
  Milliseconds interval{0};  // 0: once
};

Loop::Timer::Timer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

namespace {

std::function<void()> guarded(std::function<void()> function) {
  return [function = std::move(function)] {
    try {
      function();
    } catch (const std::exception& error) {
      log::error("loop", "a function threw", {{"what", error.what()}});
    } catch (...) {
      log::error("loop", "a function threw something that is not a std::exception");
    }
  };
}

void wait_for_signal(asio::signal_set& set, const std::function<void(int)>& function) {
  set.async_wait([&set, function](error_code error, int signal) {
    if (error) return;
    wait_for_signal(set, function);
    function(signal);
  });
}

}  // namespace

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() = default;

void Loop::run() {
  // Handlers of ours are guarded one by one; this catches what an Asio user outside net/ lets
  // through.
  while (!impl_->io.stopped()) {
    try {
      impl_->io.run();
    } catch (const std::exception& error) {
      log::error("loop", "a function threw", {{"what", error.what()}});
    } catch (...) {
      log::error("loop", "a function threw something that is not a std::exception");
    }
  }
}

void Loop::stop() { impl_->io.stop(); }

void Loop::post(std::function<void()> function) { asio::post(impl_->io, std::move(function)); }

Loop::Timer Loop::after(Milliseconds delay, std::function<void()> function) {
  auto timer = std::make_shared<Timer::Impl>(impl_->io, std::move(function));
  timer->planned = std::chrono::steady_clock::now() + delay;
  timer->arm();
  return Timer(std::move(timer));
}

Loop::Timer Loop::every(Milliseconds interval, std::function<void()> function) {
  WAKEFUL_CHECK(interval.count() > 0);
  // Guarded, because the next call is planned after this one returned.
  auto timer = std::make_shared<Timer::Impl>(impl_->io, guarded(std::move(function)));
  timer->interval = interval;
  timer->planned = std::chrono::steady_clock::now() + interval;
  timer->arm();
  return Timer(std::move(timer));
}

void Loop::on_signals(std::initializer_list<int> signals, std::function<void(int)> function) {
  auto set = std::make_unique<asio::signal_set>(impl_->io);
  for (const int signal : signals) {
    error_code error;
    set->add(signal, error);
    if (error) {
      log::error("loop", "cannot watch a signal", {{"signal", signal}, {"error", error.message()}});
    }
  }
  wait_for_signal(*set, function);
  impl_->signals.push_back(std::move(set));
}

boost::asio::io_context& io_context_of(Loop& loop) { return loop.impl().io; }

}  // namespace wakeful::net
