#include "server/write_health.h"

#include <utility>

#include "base/log.h"

namespace wakeful::server {

void WriteHealth::succeeded(MonoTime now) {
  const std::lock_guard lock(mutex_);
  known_at_ = now;
  if (!reason_) return;
  log::info("server", "the store takes writes again");
  reason_.reset();
}

void WriteHealth::failed(std::string reason, MonoTime now) {
  const std::lock_guard lock(mutex_);
  known_at_ = now;
  // One line when it begins and one when the reason changes, not one per refused request.
  if (!reason_ || *reason_ != reason) {
    log::error("server", "the store does not take writes", {{"reason", reason}});
  }
  reason_ = std::move(reason);
}

WriteHealth::State WriteHealth::state(MonoTime now) const {
  const std::lock_guard lock(mutex_);
  return {known_at_ && now - *known_at_ < kFresh, reason_};
}

}  // namespace wakeful::server
