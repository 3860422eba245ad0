#include "net/worker_pool.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"

namespace wakeful::net {

struct WorkerPool::Impl {
  Impl(std::size_t threads_wanted, std::size_t max) : max_queued(max), idle(threads_wanted) {}

  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return ending || !jobs.empty(); });
        if (jobs.empty()) return;  // ending, and all is done
        job = std::move(jobs.front());
        jobs.pop_front();
        --idle;
      }
      run(job);
      job = nullptr;  // what it holds goes before the thread counts as idle
      const std::lock_guard lock(mutex);
      ++idle;
    }
  }

  static void run(const std::function<void()>& job) {
    try {
      job();
    } catch (const std::exception& error) {
      log::error("worker_pool", "a job threw", {{"what", error.what()}});
    } catch (...) {
      log::error("worker_pool", "a job threw something that is not a std::exception");
    }
  }

  const std::size_t max_queued;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;  // under mutex
  std::size_t idle;                        // threads without a job, under mutex
  bool ending = false;                     // under mutex
  std::vector<std::thread> threads;
};

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_queued)
    : impl_(std::make_unique<Impl>(threads, max_queued)) {
  WAKEFUL_CHECK(threads > 0);
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ending = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

bool WorkerPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->jobs.size() >= impl_->max_queued + impl_->idle) return false;
    impl_->jobs.push_back(std::move(job));
  }
  impl_->changed.notify_one();
  return true;
}

}  // namespace wakeful::net
