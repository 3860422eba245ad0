// store/registry.h: the small relational half: servers, keys, users, sessions, events, settings.
//
// Callable from any thread. Every change is on disk when the call returns. Another process
// (`wakeful add`) may write to the same registry: version() tells that something changed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/server.h"

namespace wakeful::store {

/// 32 bytes, the hash of a key or a token. The secret itself is never stored.
using SecretHash = std::string;

enum class Role : std::uint8_t { admin = 1, operator_ = 2, viewer = 3 };

struct User {
  std::int64_t id = 0;
  std::string name;
  std::string password_hash;  ///< Argon2id, in its own text form
  Role role = Role::viewer;
};

struct Session {
  SecretHash token_hash;
  std::int64_t user_id = 0;
  WallTime created;
  WallTime last_seen;
};

class Registry {
 public:
  virtual ~Registry() = default;

  // Servers. key_hash is nullopt for those that appeared by a protocol without keys.
  /// errors  conflict: the name is taken
  virtual Result<model::Server> add_server(const std::string& name, model::Origin origin,
                                           const std::optional<SecretHash>& key_hash,
                                           WallTime now) = 0;
  virtual Result<std::vector<model::Server>> servers() = 0;
  virtual Result<std::optional<model::Server>> find_server_by_key(const SecretHash& key_hash) = 0;
  virtual Result<std::optional<model::Server>> find_server_by_name(const std::string& name) = 0;
  /// Its key ends with it; its events go. errors  not_found
  virtual Result<void> remove_server(model::ServerId server) = 0;

  // Events, newest first when read.
  virtual Result<void> add_events(std::span<const model::ServerEvent> events) = 0;
  /// server nullopt: of all servers
  virtual Result<std::vector<model::ServerEvent>> events(std::optional<model::ServerId> server,
                                                         std::size_t limit) = 0;

  // Users and sessions.
  /// errors  conflict: the name is taken
  virtual Result<User> add_user(const std::string& name, const std::string& password_hash,
                                Role role) = 0;
  /// As add_user, but only while there is no user at all, decided in one transaction.
  /// errors  conflict: there is a user already
  virtual Result<User> add_first_user(const std::string& name,
                                      const std::string& password_hash) = 0;
  virtual Result<std::optional<User>> find_user(const std::string& name) = 0;
  virtual Result<std::optional<User>> find_user_by_id(std::int64_t id) = 0;
  virtual Result<std::int64_t> count_users() = 0;
  virtual Result<void> add_session(const Session& session) = 0;
  virtual Result<std::optional<Session>> find_session(const SecretHash& token_hash) = 0;
  virtual Result<void> touch_session(const SecretHash& token_hash, WallTime now) = 0;
  virtual Result<void> remove_session(const SecretHash& token_hash) = 0;
  virtual Result<void> remove_sessions_before(WallTime last_seen, WallTime created) = 0;

  // Settings: small named texts that the program itself keeps.
  virtual Result<std::optional<std::string>> setting(const std::string& name) = 0;
  virtual Result<void> set_setting(const std::string& name, const std::string& value) = 0;

  /// Changes whenever another process has written anything, or this one has added or removed a
  /// server. Cheap enough to ask every second.
  virtual Result<std::int64_t> version() = 0;
};

}  // namespace wakeful::store
