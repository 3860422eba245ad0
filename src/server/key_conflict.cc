#include "server/key_conflict.h"

#include <algorithm>

namespace wakeful::server {
namespace {

std::string quoted_name(const std::string& hostname) {
  return hostname.empty() ? std::string("a host without a name") : "\"" + hostname + "\"";
}

}  // namespace

KeyConflict::Verdict KeyConflict::judge(const std::string& boot_id, const std::string& hostname,
                                        WallTime sample_time, WallTime received) {
  const auto known = std::find_if(boots_.begin(), boots_.end(),
                                  [&](const Boot& boot) { return boot.id == boot_id; });
  if (known != boots_.end()) {
    known->hostname = hostname;
    return judge_known(*known, sample_time, received);
  }
  Boot boot;
  boot.id = boot_id;
  boot.hostname = hostname;
  boot.first_sample = sample_time;
  boot.last_received = received;
  return judge_unknown(std::move(boot));
}

KeyConflict::Boot* KeyConflict::holder() {
  for (auto it = boots_.rbegin(); it != boots_.rend(); ++it) {
    if (!it->refused) return &*it;
  }
  return nullptr;
}

KeyConflict::Verdict KeyConflict::judge_known(Boot& boot, WallTime sample_time, WallTime received) {
  Boot* const now = holder();
  if (boot.refused) {
    if (now != nullptr && received - now->last_received <= kHolderSilence) {
      return refuse(boot, received);
    }
    // The first host is gone: the other one takes its place.
    boot.refused = false;
    boot.first_sample = sample_time;
    boot.last_received = received;
    std::rotate(boots_.begin() + (&boot - boots_.data()),
                boots_.begin() + (&boot - boots_.data()) + 1, boots_.end());
    return Verdict::accept;
  }
  boot.last_received = received;
  if (&boot == now || sample_time <= now->first_sample) return Verdict::accept;

  holder_name_ = boot.hostname;
  other_name_ = now->hostname;
  last_refused_ = received;
  for (auto* later = &boot + 1; later != boots_.data() + boots_.size(); ++later) {
    later->refused = true;
  }
  return Verdict::accept_new_conflict;
}

KeyConflict::Verdict KeyConflict::judge_unknown(Boot boot) {
  const Boot* const now = holder();
  const WallTime received = boot.last_received;
  if (now != nullptr && received - now->last_received <= kHolderSilence &&
      is_refused_host(boot.hostname)) {
    boot.refused = true;
  }
  const bool refused = boot.refused;
  if (refused) last_refused_ = received;
  // Sorted by the first sample: what is spooled of a boot before the host of now goes before it.
  const auto place =
      std::upper_bound(boots_.begin(), boots_.end(), boot.first_sample,
                       [](WallTime time, const Boot& other) { return time < other.first_sample; });
  boots_.insert(place, std::move(boot));
  if (boots_.size() > kRemembered) forget_oldest();
  return refused ? Verdict::refuse : Verdict::accept;
}

void KeyConflict::forget_oldest() {
  const Boot* const kept = holder();
  auto oldest = boots_.end();
  for (auto it = boots_.begin(); it != boots_.end(); ++it) {
    if (&*it == kept) continue;
    if (oldest == boots_.end() || it->last_received < oldest->last_received) oldest = it;
  }
  boots_.erase(oldest);
}

bool KeyConflict::is_refused_host(const std::string& hostname) {
  if (hostname.empty() || hostname == holder()->hostname) return false;
  return std::any_of(boots_.begin(), boots_.end(),
                     [&](const Boot& boot) { return boot.refused && boot.hostname == hostname; });
}

KeyConflict::Verdict KeyConflict::refuse(Boot& boot, WallTime received) {
  boot.last_received = received;
  last_refused_ = received;
  other_name_ = boot.hostname;
  return Verdict::refuse;
}

bool KeyConflict::active(WallTime now) const {
  return last_refused_ && now - *last_refused_ <= kHolderSilence;
}

std::string KeyConflict::message() const {
  if (!last_refused_) return {};
  return "two hosts report with this server's key: " + quoted_name(holder_name_) + " and " +
         quoted_name(other_name_) + ". Reports of " + quoted_name(other_name_) +
         " are refused; add it as a server of its own and give its agent that key.";
}

}  // namespace wakeful::server
