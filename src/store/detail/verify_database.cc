#include "store/detail/verify_database.h"

#include "base/strings.h"
#include "store/detail/migrate.h"

namespace wakeful::store::detail {

Result<void> check_identity(Database& database, DataFileKind kind) {
  const auto tables =
      database.integer("read the file's kind", "SELECT count(*) FROM sqlite_master");
  if (!tables) return fail(tables.error());
  if (*tables == 0) return {};
  const auto id = database.integer("read the file's kind", "PRAGMA application_id");
  if (!id) return fail(id.error());
  const auto name = migrations_of(kind);
  if (*id != application_id_of(kind)) {
    return fail(Errc::invalid, "it is no " + std::string(name) + " file of Wakeful");
  }
  const auto schema = database.integer("read the schema's version", "PRAGMA user_version");
  if (!schema) return fail(schema.error());
  if (*schema <= newest_schema(name)) return {};
  return fail(Errc::unsupported, "its schema is version " + std::to_string(*schema) +
                                     ", this program knows up to version " +
                                     std::to_string(newest_schema(name)) +
                                     "; use the newer Wakeful that wrote it");
}

Result<std::vector<std::string>> find_page_problems(Database& database) {
  std::vector<std::string> problems;
  auto query = database.query("read every page", "PRAGMA integrity_check(100)");
  for (;;) {
    const auto row = query.next();
    if (!row) return fail(row.error());
    if (!*row) return problems;
    auto text = query.bytes_at(0);
    while (const auto line = next_line(text)) {
      // The heading says which of the connection's databases it is; there is only one.
      if (*line != "ok" && !line->starts_with("***")) problems.emplace_back(*line);
    }
  }
}

}  // namespace wakeful::store::detail
