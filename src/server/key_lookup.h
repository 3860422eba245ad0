// server/key_lookup.h: from a key to its server: the cache first, then the registry on a worker.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "model/server.h"
#include "server/exchange.h"
#include "server/key_cache.h"

namespace wakeful::server {

/// Lives on the loop's thread.
class KeyLookup {
 public:
  using Then = std::function<void(const Result<std::optional<model::ServerId>>&)>;

  explicit KeyLookup(const ReceiverContext& context) : context_(context) {}

  /// Calls back at once when the cache knows, else later. nullopt: nobody's key.
  /// errors  unavailable: too many look-ups wait; io: the registry cannot be read
  void find(std::string_view key, Then then);
  /// The servers are these now; keys that were unknown may be known.
  void servers_changed(const std::unordered_set<std::int64_t>& servers);

 private:
  const ReceiverContext& context_;
  KeyCache cache_;
};

}  // namespace wakeful::server
