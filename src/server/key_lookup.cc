#include "server/key_lookup.h"

#include <memory>
#include <utility>

#include "auth/secret.h"

namespace wakeful::server {

void KeyLookup::find(std::string_view key, Then then) {
  const store::SecretHash hash = auth::hash_secret(key);
  const KeyCache::Found found = cache_.find(hash);
  if (found.answer == KeyCache::Answer::known) {
    then(std::optional<model::ServerId>(found.server));
    return;
  }
  if (found.answer == KeyCache::Answer::unknown_key) {
    then(std::optional<model::ServerId>());
    return;
  }
  const auto shared_then = std::make_shared<Then>(std::move(then));
  const bool queued = context_.lookups.submit([this, hash, shared_then] {
    const auto server = context_.registry.find_server_by_key(hash);
    Result<std::optional<model::ServerId>> answer = std::optional<model::ServerId>();
    if (!server) {
      answer = fail(server.error());
    } else if (*server) {
      answer = std::optional<model::ServerId>((*server)->id);
      // Perhaps `wakeful add` made it a moment ago: the live fleet must know it before its report.
      const auto refreshed = context_.directory.refresh_if_changed();
      if (!refreshed) answer = fail(refreshed.error());
    }
    context_.loop.post([this, hash, shared_then, answer] {
      if (answer && *answer) cache_.put(hash, **answer);
      if (answer && !*answer) cache_.put_unknown(hash);
      (*shared_then)(answer);
    });
  });
  if (!queued) (*shared_then)(fail(too_busy()));
}

void KeyLookup::servers_changed(const std::unordered_set<std::int64_t>& servers) {
  cache_.keep_only(servers);
  cache_.forget_unknown();
}

}  // namespace wakeful::server
