#include "store/detail/sqlite_db.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <sqlite3.h>

#include "base/clock.h"

namespace wakeful::store::detail {
namespace {

constexpr int kBusyTimeoutMs = 5000;

/// What an SQLite result code means to our callers, and what its reader can do about it.
struct Meaning {
  Errc code;
  std::string_view remedy;
};

Meaning meaning(int code) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return {Errc::conflict, ""};
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Errc::unavailable,
              "the disk is full: free some space; writes go on by themselves then"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "another program holds the file's lock: try again"};
    case SQLITE_IOERR:
      return {Errc::io, "check the disk and the kernel's log"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::io,
              "the file is damaged or not a database: restore a backup, or move it away to start "
              "anew"};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return {Errc::denied, "check the owner and the mode of the file and of its folder"};
    case SQLITE_CANTOPEN:
      return {Errc::io, "check that the folder exists and may be written by this user"};
    default:
      return {Errc::internal, ""};
  }
}

}  // namespace

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      purpose_(other.purpose_),
      next_parameter_(other.next_parameter_),
      error_(std::move(other.error_)) {}

Query::~Query() { reset(); }

void Query::reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_parameter_ = 1;
}

void Query::bound(int code) {
  ++next_parameter_;
  if (code != SQLITE_OK && !error_) error_ = database_.error(code, purpose_);
}

Query& Query::integer(std::int64_t value) {
  if (!error_) bound(sqlite3_bind_int64(statement_, next_parameter_, value));
  return *this;
}

Query& Query::integer(std::optional<std::int64_t> value) {
  if (value) return integer(*value);
  if (!error_) bound(sqlite3_bind_null(statement_, next_parameter_));
  return *this;
}

Query& Query::text(std::string_view value) {
  // An empty view may have no address, and SQLite would bind that as NULL.
  const char* data = value.data() != nullptr ? value.data() : "";
  if (!error_) {
    bound(sqlite3_bind_text64(statement_, next_parameter_, data, value.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
  }
  return *this;
}

Query& Query::blob(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  if (!error_) {
    bound(sqlite3_bind_blob64(statement_, next_parameter_, data, value.size(), SQLITE_STATIC));
  }
  return *this;
}

Result<bool> Query::next() {
  if (error_) return fail(*error_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  error_ = database_.error(code, purpose_);
  return fail(*error_);
}

Result<void> Query::run() {
  for (;;) {
    const auto row = next();
    if (!row) return fail(row.error());
    if (!*row) break;
  }
  reset();
  return {};
}

std::int64_t Query::integer_at(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Query::optional_integer_at(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer_at(column);
}

std::string_view Query::bytes_at(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view{} : std::string_view(data, size);
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Access access) {
  std::unique_ptr<Database> database(new Database(path));
  // Our owners keep each connection to one thread at a time, so SQLite need not lock it again.
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (access == Access::read_only ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr);
  if (code != SQLITE_OK) return fail(database->error(code, "open"));
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_timeout(database->handle_, kBusyTimeoutMs);
  auto configured = database->configure(access);
  if (!configured) return fail(std::move(configured).error());
  return database;
}

// Turning a new file to WAL needs it alone, and SQLite answers "busy" at once there, whatever the busy timeout: two
// processes that make one file at the same time meet here.
Result<void> Database::turn_to_wal() {
  const auto deadline = std::chrono::steady_clock::now() + Milliseconds(kBusyTimeoutMs);
  for (;;) {
    auto done = execute("open", "PRAGMA journal_mode = WAL");
    // A full disk is "unavailable" too, and waiting does not help.
    const bool busy = !done && (sqlite3_errcode(handle_) & 0xff) == SQLITE_BUSY;
    if (!busy || std::chrono::steady_clock::now() >= deadline) return done;
    std::this_thread::sleep_for(Milliseconds(5));
  }
}

Result<void> Database::configure(Access access) {
  if (access == Access::read_only)
    return execute("open", "PRAGMA query_only = 1; PRAGMA cache_size = -1024");
  if (access == Access::rollback) {
    return execute("open", "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
  }
  if (access == Access::scratch) {
    return execute("open",
                   "PRAGMA page_size = 512; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  }
  // Of a new file; it counts only before the first page is written.
  auto done = execute("open", access == Access::wide ? "PRAGMA page_size = 16384"
                                                     : "PRAGMA auto_vacuum = INCREMENTAL");
  if (done) done = turn_to_wal();
  if (!done) return done;
  done = execute("open",
                 "PRAGMA synchronous = FULL;"
                 "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                 "PRAGMA journal_size_limit = 1572864");
  if (!done) return done;
  const auto hook = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Database*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  };
  // Replaces SQLite's own checkpoint after 1,000 pages; the owners call checkpoint().
  sqlite3_wal_hook(handle_, hook, this);
  return {};
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Query Database::query(std::string_view purpose, std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return Query(*this, found->second, purpose);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code == SQLITE_OK) {
    statements_.emplace(sql, statement);
    return Query(*this, statement, purpose);
  }
  Query failed(*this, nullptr, purpose);
  failed.error_ = error(code, purpose);
  return failed;
}

Result<void> Database::execute(std::string_view purpose, const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code, purpose));
  return {};
}

Result<std::int64_t> Database::integer(std::string_view purpose, std::string_view sql) {
  auto query = this->query(purpose, sql);
  const auto row = query.next();
  if (!row) return fail(row.error());
  return *row ? query.integer_at(0) : 0;
}

Result<bool> Database::checkpoint(Checkpoint mode) {
  int frames = 0;
  int written_back = 0;
  const int how =
      mode == Checkpoint::restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, how, &frames, &written_back);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return fail(error(code, "write the log back"));
  return frames == written_back;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
int Database::changes() const { return sqlite3_changes(handle_); }

Error Database::error(int code, std::string_view purpose) const {
  const auto [errc, remedy] = meaning(code);
  std::string message = path_.string() + ": " + std::string(purpose) + ": ";
  message += handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const int number = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  const int primary = code & 0xff;
  // SQLite keeps the number of the last failed call, which may be an older one's.
  const bool stale = primary == SQLITE_IOERR && number == ENOENT;
  if (number != 0 && !stale && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
    message += std::string(" (") + std::strerror(number) + ")";
  }
  if (!remedy.empty()) message += "; " + std::string(remedy);
  Errc result = errc;
  if (primary == SQLITE_CANTOPEN && (number == EACCES || number == EPERM)) result = Errc::denied;
  return Error{result, std::move(message)};
}

Result<Transaction> Transaction::begin(Database& database) {
  auto begun = database.query("begin a transaction", "BEGIN IMMEDIATE").run();
  if (!begun) return fail(std::move(begun).error());
  return Transaction(database);
}

Transaction::~Transaction() {
  // After a full disk or a failed write SQLite has rolled back by itself.
  if (database_ == nullptr || !database_->in_transaction()) return;
  static_cast<void>(database_->query("roll back", "ROLLBACK").run());
}

Result<void> Transaction::commit() {
  auto done = database_->query("commit", "COMMIT").run();
  // From here on the connection may go before this does.
  if (done) database_ = nullptr;
  return done;
}

}  // namespace wakeful::store::detail
