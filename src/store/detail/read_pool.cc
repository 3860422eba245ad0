#include "store/detail/read_pool.h"

#include <chrono>
#include <utility>

namespace wakeful::store::detail {
namespace {

constexpr int kMaxConnections = 4;
constexpr std::chrono::seconds kPatience{10};

}  // namespace

ReadPool::Lease::~Lease() {
  if (database_) pool_.give_back(std::move(database_));
}

Result<ReadPool::Lease> ReadPool::take() {
  {
    std::unique_lock lock(mutex_);
    const auto free = [&] { return !idle_.empty() || made_ < kMaxConnections; };
    if (!returned_.wait_for(lock, kPatience, free)) {
      return fail(Errc::unavailable, path_.string() + ": all " + std::to_string(kMaxConnections) +
                                         " read connections are in use: try again");
    }
    if (!idle_.empty()) {
      auto database = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(database));
    }
    ++made_;
  }
  auto opened = Database::open(path_, Database::Access::read_only);
  if (opened) return Lease(*this, std::move(*opened));
  give_back(nullptr);
  return fail(std::move(opened).error());
}

void ReadPool::give_back(std::unique_ptr<Database> database) {
  {
    const std::lock_guard lock(mutex_);
    if (database) {
      idle_.push_back(std::move(database));
    } else {
      --made_;
    }
  }
  returned_.notify_one();
}

}  // namespace wakeful::store::detail
