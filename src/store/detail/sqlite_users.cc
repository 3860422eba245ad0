// Users and sessions of SqliteRegistry.
#include "store/detail/sqlite_registry.h"

namespace wakeful::store::detail {
namespace {

Result<std::optional<User>> one_user(Query& row) {
  const auto found = row.next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  User user;
  user.id = row.integer_at(0);
  user.name = row.bytes_at(1);
  user.password_hash = row.bytes_at(2);
  user.role = static_cast<Role>(row.integer_at(3));
  return user;
}

}  // namespace

Result<User> SqliteRegistry::insert_user(const std::string& name, const std::string& password_hash,
                                         Role role) {
  auto insert = database_->query(
      "add a user", "INSERT INTO account (name, password_hash, role) VALUES (?, ?, ?)");
  insert.text(name).text(password_hash).integer(static_cast<std::int64_t>(role));
  auto done = insert.run();
  if (!done && done.error().code == Errc::conflict) {
    return fail(Errc::conflict, "name: expected one that no user has, got \"" + name + "\"");
  }
  if (!done) return fail(std::move(done).error());
  return User{database_->last_insert_id(), name, password_hash, role};
}

Result<User> SqliteRegistry::add_user(const std::string& name, const std::string& password_hash,
                                      Role role) {
  const std::lock_guard lock(mutex_);
  auto user = insert_user(name, password_hash, role);
  if (user) after_write();
  return user;
}

Result<User> SqliteRegistry::add_first_user(const std::string& name,
                                            const std::string& password_hash) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return fail(std::move(transaction).error());
  const auto count = database_->integer("count users", "SELECT count(*) FROM account");
  if (!count) return fail(count.error());
  if (*count > 0) return fail(Errc::conflict, "the first user is there already: log in");
  auto user = insert_user(name, password_hash, Role::admin);
  if (!user) return user;
  auto done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  return user;
}

Result<std::optional<User>> SqliteRegistry::find_user(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("find a user",
                              "SELECT id, name, password_hash, role FROM account WHERE name = ?");
  row.text(name);
  return one_user(row);
}

Result<std::optional<User>> SqliteRegistry::find_user_by_id(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("find a user",
                              "SELECT id, name, password_hash, role FROM account WHERE id = ?");
  row.integer(id);
  return one_user(row);
}

Result<std::int64_t> SqliteRegistry::count_users() {
  const std::lock_guard lock(mutex_);
  return database_->integer("count users", "SELECT count(*) FROM account");
}

Result<void> SqliteRegistry::add_session(const Session& session) {
  const std::lock_guard lock(mutex_);
  auto insert = database_->query("add a session",
                                 "INSERT INTO account_session (token_hash, account, created_ms, "
                                 "last_seen_ms) VALUES (?, ?, ?, ?)");
  insert.blob(session.token_hash)
      .integer(session.user_id)
      .integer(to_unix_ms(session.created))
      .integer(to_unix_ms(session.last_seen));
  auto done = insert.run();
  if (done) after_write();
  return done;
}

Result<std::optional<Session>> SqliteRegistry::find_session(const SecretHash& token_hash) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("find a session",
                              "SELECT account, created_ms, last_seen_ms FROM account_session WHERE "
                              "token_hash = ?");
  const auto found = row.blob(token_hash).next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  Session session;
  session.token_hash = token_hash;
  session.user_id = row.integer_at(0);
  session.created = from_unix_ms(row.integer_at(1));
  session.last_seen = from_unix_ms(row.integer_at(2));
  return session;
}

Result<void> SqliteRegistry::touch_session(const SecretHash& token_hash, WallTime now) {
  const std::lock_guard lock(mutex_);
  auto update =
      database_->query("note that a session is used",
                       "UPDATE account_session SET last_seen_ms = ? WHERE token_hash = ?");
  auto done = update.integer(to_unix_ms(now)).blob(token_hash).run();
  if (done) after_write();
  return done;
}

Result<void> SqliteRegistry::remove_session(const SecretHash& token_hash) {
  const std::lock_guard lock(mutex_);
  auto remove =
      database_->query("end a session", "DELETE FROM account_session WHERE token_hash = ?");
  auto done = remove.blob(token_hash).run();
  if (done) after_write();
  return done;
}

Result<void> SqliteRegistry::remove_sessions_before(WallTime last_seen, WallTime created) {
  const std::lock_guard lock(mutex_);
  auto remove = database_->query(
      "end old sessions", "DELETE FROM account_session WHERE last_seen_ms < ? OR created_ms < ?");
  auto done = remove.integer(to_unix_ms(last_seen)).integer(to_unix_ms(created)).run();
  if (done) after_write();
  return done;
}

}  // namespace wakeful::store::detail
