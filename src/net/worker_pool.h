// net/worker_pool.h: a few threads for what blocks (store reads, password hashing). Bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace wakeful::net {

class WorkerPool {
 public:
  /// max_queued  jobs waiting beyond those running
  WorkerPool(std::size_t threads, std::size_t max_queued);
  /// Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full: the caller answers 503. thread: any
  [[nodiscard]] bool submit(std::function<void()> job);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::net
