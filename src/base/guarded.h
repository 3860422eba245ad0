// base/guarded.h: a value that can only be reached with its mutex held.
//
//   Guarded<Fleet> fleet;
//   auto locked = fleet.lock();   // keep it short; never do I/O while it lives
//   locked->apply(report);
#pragma once

#include <mutex>
#include <utility>

namespace wakeful {

template <class T>
class Guarded {
 public:
  class Lock {
   public:
    explicit Lock(Guarded& owner) : lock_(owner.mutex_), value_(&owner.value_) {}
    T* operator->() { return value_; }
    T& operator*() { return *value_; }

   private:
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  Lock lock() { return Lock(*this); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace wakeful
