// server/key_cache.h: which server a key belongs to, without asking the registry for each report.
//
// Filled on demand. Used on the loop's thread only. Keys that belong to nobody are remembered too,
// at most kMaxUnknown, so that a stranger cannot keep the registry busy; they are forgotten
// whenever the registry changed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "model/server.h"
#include "store/registry.h"

namespace wakeful::server {

class KeyCache {
 public:
  static constexpr std::size_t kMaxUnknown = 10'000;

  enum class Answer { known, unknown_key, ask_registry };
  struct Found {
    Answer answer = Answer::ask_registry;
    model::ServerId server{};
  };

  Found find(const store::SecretHash& hash) const;
  void put(const store::SecretHash& hash, model::ServerId server);
  void put_unknown(const store::SecretHash& hash);
  void forget_unknown() { unknown_.clear(); }
  /// Forget every key whose server is not in this set.
  void keep_only(const std::unordered_set<std::int64_t>& servers);

 private:
  std::unordered_map<store::SecretHash, model::ServerId> servers_;
  std::unordered_set<store::SecretHash> unknown_;
};

}  // namespace wakeful::server
