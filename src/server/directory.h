// server/directory.h: which servers there are, kept the same in the registry, the live fleet and
// the caches.
//
// Other processes write to the registry too (`wakeful add`), so changes are also found by asking
// for its version. Everything here blocks on the registry: for worker threads. thread: any
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "fleet/fleet.h"
#include "model/server.h"
#include "store/registry.h"

namespace wakeful::server {

class Directory {
 public:
  using Ids = std::shared_ptr<const std::unordered_set<std::int64_t>>;

  /// on_changed  gets the ids of all servers after a change; called from any thread
  Directory(store::Registry& registry, Guarded<fleet::Fleet>& fleet,
            std::function<void(Ids)> on_changed)
      : registry_(registry), fleet_(fleet), on_changed_(std::move(on_changed)) {}

  /// Read the registry and take over what it says. errors  io
  Result<void> refresh();
  /// refresh() when another process has written since the last time. errors  io
  Result<void> refresh_if_changed();

  /// The server of this name, made now if there is none, with the given origin and no key.
  /// errors  invalid: no good name; conflict: it has a key, so nobody may report for it without; io
  Result<model::ServerId> find_or_appear(const std::string& name, model::Origin origin,
                                         WallTime now);

 private:
  Result<void> refresh_locked();

  store::Registry& registry_;
  Guarded<fleet::Fleet>& fleet_;
  const std::function<void(Ids)> on_changed_;
  /// Held over reading the registry and changing the fleet, so that an older list never replaces a
  /// newer one. Guards no data but version_.
  std::mutex refresh_mutex_;
  std::optional<std::int64_t> version_;
};

}  // namespace wakeful::server
