// tests/support/memory_store.h: both halves of the store in memory, with the behaviour that
// registry.h and samples.h promise but for the disk. Can be told to fail. thread: any
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/registry.h"
#include "support/memory_samples.h"

namespace wakeful::test {

class MemoryRegistry final : public store::Registry {
 public:
  /// Every call fails with this until it is taken away again.
  void fail_with(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }
  int touches() const {
    const std::lock_guard lock(mutex_);
    return touches_;
  }
  std::size_t session_count() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }

  Result<model::Server> add_server(const std::string& name, model::Origin origin,
                                   const std::optional<store::SecretHash>& key_hash,
                                   WallTime now) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    for (const auto& [id, server] : servers_) {
      if (server.name == name) return fail(Errc::conflict, "name: " + name + " is taken");
    }
    model::Server server;
    server.id = model::ServerId{next_server_++};
    server.name = name;
    server.origin = origin;
    server.created = now;
    servers_.emplace(model::to_number(server.id), server);
    if (key_hash) keys_.emplace(*key_hash, model::to_number(server.id));
    return server;
  }

  Result<std::vector<model::Server>> servers() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<model::Server> all;
    for (const auto& [id, server] : servers_) all.push_back(server);
    return all;
  }

  Result<std::optional<model::Server>> find_server_by_key(
      const store::SecretHash& key_hash) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto at = keys_.find(key_hash);
    if (at == keys_.end()) return std::optional<model::Server>();
    return std::optional(servers_.at(at->second));
  }

  Result<std::optional<model::Server>> find_server_by_name(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    for (const auto& [id, server] : servers_) {
      if (server.name == name) return std::optional(server);
    }
    return std::optional<model::Server>();
  }

  Result<void> remove_server(model::ServerId server) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto id = model::to_number(server);
    if (servers_.erase(id) == 0) {
      return fail(Errc::not_found, "there is no server " + std::to_string(id));
    }
    std::erase_if(keys_, [&](const auto& item) { return item.second == id; });
    std::erase_if(events_, [&](const auto& event) { return event.server == server; });
    return {};
  }

  Result<void> add_events(std::span<const model::ServerEvent> events) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    events_.insert(events_.end(), events.begin(), events.end());
    return {};
  }

  Result<std::vector<model::ServerEvent>> events(std::optional<model::ServerId> server,
                                                 std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<model::ServerEvent> found;
    for (auto at = events_.rbegin(); at != events_.rend() && found.size() < limit; ++at) {
      if (!server || at->server == *server) found.push_back(*at);
    }
    return found;
  }

  Result<store::User> add_user(const std::string& name, const std::string& password_hash,
                               store::Role role) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    return add_user_locked(name, password_hash, role);
  }

  Result<store::User> add_first_user(const std::string& name,
                                     const std::string& password_hash) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    if (!users_.empty()) return fail(Errc::conflict, "there is a user already");
    return add_user_locked(name, password_hash, store::Role::admin);
  }

  Result<std::optional<store::User>> find_user(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    for (const auto& [id, user] : users_) {
      if (user.name == name) return std::optional(user);
    }
    return std::optional<store::User>();
  }

  Result<std::optional<store::User>> find_user_by_id(std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto at = users_.find(id);
    if (at == users_.end()) return std::optional<store::User>();
    return std::optional(at->second);
  }

  Result<std::int64_t> count_users() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    return static_cast<std::int64_t>(users_.size());
  }

  Result<void> add_session(const store::Session& session) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    sessions_[session.token_hash] = session;
    return {};
  }

  Result<std::optional<store::Session>> find_session(const store::SecretHash& token_hash) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto at = sessions_.find(token_hash);
    if (at == sessions_.end()) return std::optional<store::Session>();
    return std::optional(at->second);
  }

  Result<void> touch_session(const store::SecretHash& token_hash, WallTime now) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    ++touches_;
    if (const auto at = sessions_.find(token_hash); at != sessions_.end()) {
      at->second.last_seen = now;
    }
    return {};
  }

  Result<void> remove_session(const store::SecretHash& token_hash) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    sessions_.erase(token_hash);
    return {};
  }

  Result<void> remove_sessions_before(WallTime last_seen, WallTime created) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::erase_if(sessions_, [&](const auto& item) {
      return item.second.last_seen < last_seen || item.second.created < created;
    });
    return {};
  }

  Result<std::optional<std::string>> setting(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto at = settings_.find(name);
    if (at == settings_.end()) return std::optional<std::string>();
    return std::optional(at->second);
  }

  Result<void> set_setting(const std::string& name, const std::string& value) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    settings_[name] = value;
    return {};
  }

  Result<std::int64_t> version() override { return std::int64_t{1}; }

 private:
  Result<store::User> add_user_locked(const std::string& name, const std::string& password_hash,
                                      store::Role role) {
    for (const auto& [id, user] : users_) {
      if (user.name == name) return fail(Errc::conflict, "name: " + name + " is taken");
    }
    store::User user;
    user.id = next_user_++;
    user.name = name;
    user.password_hash = password_hash;
    user.role = role;
    users_.emplace(user.id, user);
    return user;
  }

  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::int64_t next_server_ = 1;
  std::int64_t next_user_ = 1;
  int touches_ = 0;
  std::map<std::int64_t, model::Server> servers_;
  std::map<store::SecretHash, std::int64_t> keys_;
  std::vector<model::ServerEvent> events_;
  std::map<std::int64_t, store::User> users_;
  std::map<store::SecretHash, store::Session> sessions_;
  std::map<std::string, std::string> settings_;
};

}  // namespace wakeful::test
