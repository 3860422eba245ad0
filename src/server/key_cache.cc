#include "server/key_cache.h"

namespace wakeful::server {

KeyCache::Found KeyCache::find(const store::SecretHash& hash) const {
  if (const auto known = servers_.find(hash); known != servers_.end()) {
    return {Answer::known, known->second};
  }
  if (unknown_.contains(hash)) return {Answer::unknown_key, {}};
  return {Answer::ask_registry, {}};
}

void KeyCache::put(const store::SecretHash& hash, model::ServerId server) {
  unknown_.erase(hash);
  servers_.insert_or_assign(hash, server);
}

void KeyCache::put_unknown(const store::SecretHash& hash) {
  // Any other one goes: which, matters little, and hashes are in no order that a guesser could use.
  if (unknown_.size() >= kMaxUnknown) unknown_.erase(unknown_.begin());
  unknown_.insert(hash);
}

void KeyCache::keep_only(const std::unordered_set<std::int64_t>& servers) {
  std::erase_if(servers_, [&](const auto& entry) {
    return !servers.contains(model::to_number(entry.second));
  });
}

}  // namespace wakeful::server
