#include "api/refusal_log.h"

#include "base/strings.h"

namespace wakeful::api {
namespace {
constexpr std::size_t kMaxKept = 100;
constexpr std::size_t kMaxDetailBytes = 300 - 3;  // and three for the "…" that shorten adds
constexpr std::size_t kMaxPathBytes = 200;
}  // namespace

void RefusalLog::add(Refusal refusal) {
  refusal.detail = shorten(refusal.detail, kMaxDetailBytes);
  refusal.path = shorten(refusal.path, kMaxPathBytes);
  refusal.address = shorten(refusal.address, kMaxPathBytes);
  const std::lock_guard lock(mutex_);
  ++total_;
  recent_.push_front(std::move(refusal));
  if (recent_.size() > kMaxKept) recent_.pop_back();
}

std::uint64_t RefusalLog::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::vector<Refusal> RefusalLog::recent() const {
  const std::lock_guard lock(mutex_);
  return {recent_.begin(), recent_.end()};
}

}  // namespace wakeful::api
