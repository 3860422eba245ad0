#include "server/write_health.h"

#include <string_view>
#include <utility>

#include "base/log.h"

namespace wakeful::server {
namespace {

std::string_view name_of(WriteHealth::Part part) {
  return part == WriteHealth::Part::samples ? "samples" : "events";
}

}  // namespace

void WriteHealth::succeeded(Part part, MonoTime now) {
  const std::lock_guard lock(mutex_);
  known_at_ = now;
  auto& reason = reasons_[static_cast<std::size_t>(part)];
  if (!reason) return;
  log::info("server", "the store takes writes again", {{"of", name_of(part)}});
  reason.reset();
}

void WriteHealth::failed(Part part, std::string reason, MonoTime now) {
  const std::lock_guard lock(mutex_);
  known_at_ = now;
  auto& known = reasons_[static_cast<std::size_t>(part)];
  // One line when it begins and one when the reason changes, not one per refused request.
  if (known != reason) {
    log::error("server", "the store does not take writes",
               {{"of", name_of(part)}, {"reason", reason}});
  }
  known = std::move(reason);
}

WriteHealth::State WriteHealth::state(MonoTime now) const {
  const std::lock_guard lock(mutex_);
  State state;
  state.fresh = known_at_ && now - *known_at_ < kFresh;
  state.reason = reasons_[0] ? reasons_[0] : reasons_[1];
  return state;
}

}  // namespace wakeful::server
