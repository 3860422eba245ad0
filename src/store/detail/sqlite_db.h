// store/detail/sqlite_db.h: one SQLite connection with cached statements and errors as values.
//
// One connection is used by one thread at a time; its owner sees to that. sqlite3.h stays in
// sqlite_db.cc.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace wakeful::store::detail {

class Database;

/// A cached statement for the time of one use: bind in order, then next() or run(). The destructor
/// resets it. A failure to prepare or bind is kept and comes out of next() or run().
class Query {
 public:
  ~Query();
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;

  Query& integer(std::int64_t value);
  Query& integer(std::optional<std::int64_t> value);
  /// The bytes must live until the statement has run.
  Query& text(std::string_view value);
  Query& blob(std::string_view value);

  /// Step to the next row. shape  false: there are no more rows
  Result<bool> next();
  /// Run to the end; rows are not looked at.
  Result<void> run();
  /// Make ready for the next set of values.
  void reset();

  std::int64_t integer_at(int column) const;
  std::optional<std::int64_t> optional_integer_at(int column) const;
  /// Valid until the next step.
  std::string_view bytes_at(int column) const;

 private:
  friend class Database;
  Query(Database& database, sqlite3_stmt* statement, std::string_view purpose)
      : database_(database), statement_(statement), purpose_(purpose) {}
  void bound(int code);

  Database& database_;
  sqlite3_stmt* statement_;
  std::string_view purpose_;
  int next_parameter_ = 1;
  std::optional<Error> error_;
};

class Database {
 public:
  /// rollback: to write into a file that is nearly always only read; it has no WAL beside it.
  /// scratch: a new file that is worth nothing until it is whole: no journal, no fsync.
  /// wide: as read_write; a new file has pages of 16 KiB, for rows of some KiB that are appended.
  enum class Access { read_write, read_only, rollback, scratch, wide };

  /// Open the file with our settings: WAL, synchronous=FULL, foreign keys, 5 s of patience with
  /// locks.
  /// errors  denied, io: with the file's name
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// purpose and sql are literals: "store a report".
  Query query(std::string_view purpose, std::string_view sql);
  /// Several statements without parameters, as in a migration.
  Result<void> execute(std::string_view purpose, const std::string& sql);
  /// The first column of the only row.
  Result<std::int64_t> integer(std::string_view purpose, std::string_view sql);

  /// passive: write back what the WAL holds as far as readers let it; never waits. restart: wait
  /// for readers too, so that the next write starts the WAL anew.
  enum class Checkpoint { passive, restart };
  /// shape  whether the whole WAL was written back
  Result<bool> checkpoint(Checkpoint mode);
  /// Pages in the WAL after the last commit of this connection.
  int wal_pages() const { return wal_pages_; }

  bool in_transaction() const;
  std::int64_t last_insert_id() const;
  int changes() const;
  const std::filesystem::path& path() const { return path_; }

  /// An Error from an SQLite result code: file, purpose, what happened, remedy.
  Error error(int code, std::string_view purpose) const;

 private:
  explicit Database(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> configure(Access access);
  Result<void> turn_to_wal();

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  std::map<std::string_view, sqlite3_stmt*> statements_;
  int wal_pages_ = 0;
};

/// BEGIN IMMEDIATE now, roll back in the destructor unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  /// On disk when it returns without error.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace wakeful::store::detail
