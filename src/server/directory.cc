#include "server/directory.h"

#include <utility>

#include "base/log.h"

namespace wakeful::server {

Result<void> Directory::refresh() {
  const std::lock_guard lock(refresh_mutex_);
  return refresh_locked();
}

Result<void> Directory::refresh_locked() {
  // The version first: what is written between the two is then found the next time.
  const auto version = registry_.version();
  if (!version) return fail(version.error());
  auto servers = registry_.servers();
  if (!servers) return fail(servers.error());
  version_ = *version;
  auto ids = std::make_shared<std::unordered_set<std::int64_t>>();
  for (const model::Server& server : *servers) ids->insert(model::to_number(server.id));
  fleet_.lock()->set_servers(*servers);
  on_changed_(std::move(ids));
  return {};
}

Result<void> Directory::refresh_if_changed() {
  const std::lock_guard lock(refresh_mutex_);
  const auto version = registry_.version();
  if (!version) return fail(version.error());
  if (version_ == *version) return {};
  return refresh_locked();
}

Result<model::ServerId> Directory::find_or_appear(const std::string& name, model::Origin origin,
                                                  WallTime now) {
  const auto good_name = model::check_server_name(name);
  if (!good_name) return fail(good_name.error());
  const std::lock_guard lock(refresh_mutex_);
  const auto found = registry_.find_server_by_name(*good_name);
  if (!found) return fail(found.error());
  if (*found) {
    if ((*found)->origin == origin) return (*found)->id;
    return fail(Errc::conflict, "a server named \"" + *good_name +
                                    "\" was added with a key, and reports for it need that key; "
                                    "give this agent another name or delete that server");
  }
  const auto added = registry_.add_server(*good_name, origin, std::nullopt, now);
  if (!added) return fail(added.error());
  log::info("server", "a new server appeared",
            {{"name", *good_name}, {"by", model::origin_name(origin)}});
  const auto refreshed = refresh_locked();
  if (!refreshed) return fail(refreshed.error());
  return added->id;
}

}  // namespace wakeful::server
