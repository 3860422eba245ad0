// store/detail/migrate.h: brings a database file to the schema this program knows.
//
// Migrations are src/store/migrations/<database>/NNNN_name.sql, built into the program. Each runs
// once, in one transaction that also raises PRAGMA user_version to its number.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

struct EmbeddedMigration {
  std::string_view database;  ///< "registry", "samples" or "pack"
  std::string_view name;      ///< "0001_registry"
  std::string_view sql;
};

/// All of them, ordered by database and number.
std::span<const EmbeddedMigration> embedded_migrations();

/// What tells one of our files from any other SQLite file.
inline constexpr std::int64_t kRegistryApplicationId = 0x576b6672;  // "Wkfr"
inline constexpr std::int64_t kSamplesApplicationId = 0x576b6673;   // "Wkfs"
inline constexpr std::int64_t kPackApplicationId = 0x576b6670;      // "Wkfp"

/// How many there are for a database: the newest schema this program knows.
std::int64_t newest_schema(std::string_view database);

/// Apply what is missing. Safe against another process that does the same at the same time.
/// errors  conflict: the file's schema is newer than this program; invalid: the file is another
///         program's; io, unavailable
Result<void> migrate(Database& database, std::string_view name, std::int64_t application_id);

/// Whether a file has the schema this program knows, without changing it.
/// errors  conflict: newer; invalid: another program's; unavailable: older, so the server is to be
///         started once
Result<void> check_schema(Database& database, std::string_view name, std::int64_t application_id);

}  // namespace wakeful::store::detail
