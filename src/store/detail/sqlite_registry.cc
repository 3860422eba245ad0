// Servers, events, settings and the version. Users and sessions: sqlite_users.cc.
#include "store/detail/sqlite_registry.h"

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "store/detail/migrate.h"

namespace wakeful::store::detail {
namespace {

// 1 MiB: a registry's log is written back this often, by whoever made the change.
constexpr int kWalPages = 256;

model::Server server_at(const Query& row) {
  model::Server server;
  server.id = model::ServerId{row.integer_at(0)};
  server.name = row.bytes_at(1);
  server.origin = static_cast<model::Origin>(row.integer_at(2));
  server.created = from_unix_ms(row.integer_at(3));
  return server;
}

Result<std::optional<model::Server>> one_server(Query& row) {
  const auto found = row.next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return server_at(row);
}

std::optional<std::int64_t> number_of(const std::optional<model::ServerState>& state) {
  if (!state) return std::nullopt;
  return static_cast<std::int64_t>(*state);
}

std::optional<model::ServerState> state_of(const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return static_cast<model::ServerState>(*number);
}

model::ServerEvent event_at(const Query& row) {
  model::ServerEvent event;
  event.server = model::ServerId{row.integer_at(0)};
  event.time = from_unix_ms(row.integer_at(1));
  event.kind = static_cast<model::EventKind>(row.integer_at(2));
  event.from = state_of(row.optional_integer_at(3));
  event.to = state_of(row.optional_integer_at(4));
  event.cause = row.bytes_at(5);
  return event;
}

}  // namespace

Result<std::unique_ptr<Registry>> SqliteRegistry::open(const std::filesystem::path& folder) {
  auto database = Database::open(folder / "registry.db", Database::Access::read_write);
  if (!database) return fail(std::move(database).error());
  auto migrated = migrate(**database, "registry", kRegistryApplicationId);
  if (!migrated) return fail(std::move(migrated).error());
  return std::unique_ptr<Registry>(new SqliteRegistry(std::move(*database)));
}

Result<model::Server> SqliteRegistry::add_server(const std::string& name, model::Origin origin,
                                                 const std::optional<SecretHash>& key_hash,
                                                 WallTime now) {
  const std::lock_guard lock(mutex_);
  auto insert = database_->query(
      "add a server",
      "INSERT INTO server (name, origin, key_hash, created_ms) VALUES (?, ?, ?, ?)");
  insert.text(name).integer(static_cast<std::int64_t>(origin));
  if (key_hash) {
    insert.blob(*key_hash);
  } else {
    insert.integer(std::optional<std::int64_t>());
  }
  insert.integer(to_unix_ms(now));
  auto done = insert.run();
  if (!done && done.error().code == Errc::conflict) {
    return fail(Errc::conflict, "name: expected one that no server has, got \"" + name + "\"");
  }
  if (!done) return fail(std::move(done).error());
  ++own_server_changes_;
  const model::ServerId id{database_->last_insert_id()};
  after_write();
  return model::Server{id, name, origin, now};
}

Result<std::vector<model::Server>> SqliteRegistry::servers() {
  const std::lock_guard lock(mutex_);
  std::vector<model::Server> servers;
  auto rows = database_->query("list servers",
                               "SELECT id, name, origin, created_ms FROM server ORDER BY id");
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return servers;
    servers.push_back(server_at(rows));
  }
}

Result<std::optional<model::Server>> SqliteRegistry::find_server_by_key(
    const SecretHash& key_hash) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("find a server by its key",
                              "SELECT id, name, origin, created_ms FROM server WHERE key_hash = ?");
  row.blob(key_hash);
  return one_server(row);
}

Result<std::optional<model::Server>> SqliteRegistry::find_server_by_name(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("find a server by its name",
                              "SELECT id, name, origin, created_ms FROM server WHERE name = ?");
  row.text(name);
  return one_server(row);
}

Result<void> SqliteRegistry::remove_server(model::ServerId server) {
  const std::lock_guard lock(mutex_);
  const auto id = model::to_number(server);
  auto remove = database_->query("remove a server", "DELETE FROM server WHERE id = ?");
  auto done = remove.integer(id).run();
  if (!done) return done;
  if (database_->changes() == 0) {
    return fail(Errc::not_found, "server " + std::to_string(id) + ": there is none");
  }
  ++own_server_changes_;
  after_write();
  return {};
}

Result<void> SqliteRegistry::add_events(std::span<const model::ServerEvent> events) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return fail(std::move(transaction).error());
  // An event of a server that was removed meanwhile has nobody to be shown to.
  auto insert = database_->query("add an event",
                                 "INSERT INTO event (server, time_ms, kind, from_state, to_state, "
                                 "cause) SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM "
                                 "server WHERE id = ?1)");
  for (const auto& event : events) {
    insert.integer(model::to_number(event.server))
        .integer(to_unix_ms(event.time))
        .integer(static_cast<std::int64_t>(event.kind))
        .integer(number_of(event.from))
        .integer(number_of(event.to))
        .text(event.cause);
    auto done = insert.run();
    if (!done) return done;
  }
  auto done = transaction->commit();
  if (done) after_write();
  return done;
}

Result<std::vector<model::ServerEvent>> SqliteRegistry::events(
    std::optional<model::ServerId> server, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto rows_wanted = static_cast<std::int64_t>(std::min(limit, kMost));
  auto rows =
      server
          ? database_->query("read events of a server",
                             "SELECT server, time_ms, kind, from_state, to_state, cause FROM event "
                             "WHERE server = ? ORDER BY time_ms DESC, id DESC LIMIT ?")
          : database_->query("read events",
                             "SELECT server, time_ms, kind, from_state, to_state, cause FROM event "
                             "ORDER BY time_ms DESC, id DESC LIMIT ?");
  if (server) rows.integer(model::to_number(*server));
  rows.integer(rows_wanted);
  std::vector<model::ServerEvent> events;
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return events;
    events.push_back(event_at(rows));
  }
}

Result<std::optional<std::string>> SqliteRegistry::setting(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto row = database_->query("read a setting", "SELECT value FROM setting WHERE name = ?");
  const auto found = row.text(name).next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return std::string(row.bytes_at(0));
}

Result<void> SqliteRegistry::set_setting(const std::string& name, const std::string& value) {
  const std::lock_guard lock(mutex_);
  auto put = database_->query("keep a setting",
                              "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) "
                              "DO UPDATE SET value = excluded.value");
  auto done = put.text(name).text(value).run();
  if (done) after_write();
  return done;
}

Result<std::int64_t> SqliteRegistry::version() {
  const std::lock_guard lock(mutex_);
  // SQLite changes data_version only for commits of other connections.
  auto others = database_->integer("look for changes", "PRAGMA data_version");
  if (!others) return others;
  return *others + own_server_changes_;
}

void SqliteRegistry::after_write() {
  if (database_->wal_pages() < kWalPages) return;
  const auto done = database_->checkpoint(Database::Checkpoint::passive);
  if (done) return;
  log::warning("store", "the write-ahead log could not be written back; it grows meanwhile",
               {{"error", done.error()}});
}

}  // namespace wakeful::store::detail
