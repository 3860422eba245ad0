// store/detail/sqlite_registry.h: the Registry half of the embedded store.
//
// One connection behind a mutex: changes are rare and small. Other processes may have the same file
// open; SQLite's locks keep them apart.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "store/detail/sqlite_db.h"
#include "store/registry.h"

namespace wakeful::store::detail {

class SqliteRegistry final : public Registry {
 public:
  /// Open registry.db in the folder, which must exist.
  /// errors  as open_store
  static Result<std::unique_ptr<Registry>> open(const std::filesystem::path& folder);

  Result<model::Server> add_server(const std::string& name, model::Origin origin,
                                   const std::optional<SecretHash>& key_hash,
                                   WallTime now) override;
  Result<std::vector<model::Server>> servers() override;
  Result<std::optional<model::Server>> find_server_by_key(const SecretHash& key_hash) override;
  Result<std::optional<model::Server>> find_server_by_name(const std::string& name) override;
  Result<void> remove_server(model::ServerId server) override;

  Result<void> add_events(std::span<const model::ServerEvent> events) override;
  Result<std::vector<model::ServerEvent>> events(std::optional<model::ServerId> server,
                                                 std::size_t limit) override;

  Result<User> add_user(const std::string& name, const std::string& password_hash,
                        Role role) override;
  Result<User> add_first_user(const std::string& name, const std::string& password_hash) override;
  Result<std::optional<User>> find_user(const std::string& name) override;
  Result<std::optional<User>> find_user_by_id(std::int64_t id) override;
  Result<std::int64_t> count_users() override;
  Result<void> add_session(const Session& session) override;
  Result<std::optional<Session>> find_session(const SecretHash& token_hash) override;
  Result<void> touch_session(const SecretHash& token_hash, WallTime now) override;
  Result<void> remove_session(const SecretHash& token_hash) override;
  Result<void> remove_sessions_before(WallTime last_seen, WallTime created) override;

  Result<std::optional<std::string>> setting(const std::string& name) override;
  Result<void> set_setting(const std::string& name, const std::string& value) override;
  Result<std::int64_t> version() override;

 private:
  explicit SqliteRegistry(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  /// With mutex_ held.
  Result<User> insert_user(const std::string& name, const std::string& password_hash, Role role);
  void after_write();

  std::mutex mutex_;
  std::unique_ptr<Database> database_;   // guarded by mutex_
  std::int64_t own_server_changes_ = 0;  // guarded by mutex_
};

}  // namespace wakeful::store::detail
