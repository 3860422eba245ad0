#include "store/detail/migrate.h"

#include <string>
#include <vector>

#include "base/check.h"
#include "base/strings.h"

namespace wakeful::store::detail {
namespace {

struct Step {
  std::int64_t number;
  const EmbeddedMigration* migration;
};

std::vector<Step> steps_of(std::string_view database) {
  std::vector<Step> steps;
  for (const auto& migration : embedded_migrations()) {
    if (migration.database != database) continue;
    const auto number = parse_integer<std::int64_t>(migration.name.substr(0, 4));
    // Numbers without a gap: the n-th file is version n.
    WAKEFUL_CHECK(number && *number == static_cast<std::int64_t>(steps.size()) + 1);
    steps.push_back(Step{*number, &migration});
  }
  return steps;
}

Result<std::int64_t> read_version(Database& database) {
  return database.integer("read the schema's version", "PRAGMA user_version");
}

Result<void> check_owner(Database& database, std::string_view name, std::int64_t application_id) {
  // Tables first: another process may be making them, and it sets the id in the same transaction.
  const auto tables =
      database.integer("read the file's kind", "SELECT count(*) FROM sqlite_master");
  if (!tables) return fail(tables.error());
  if (*tables == 0) return {};  // a new file
  const auto id = database.integer("read the file's kind", "PRAGMA application_id");
  if (!id) return fail(id.error());
  if (*id == application_id) return {};
  return fail(Errc::invalid, database.path().string() + ": expected a Wakeful " +
                                 std::string(name) +
                                 " file, got another program's SQLite file; choose another data "
                                 "folder or move the file away");
}

Result<void> apply(Database& database, const Step& step, std::int64_t application_id) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return fail(std::move(transaction).error());
  const auto version = read_version(database);
  if (!version) return fail(version.error());
  if (*version >= step.number) return {};  // another process was faster
  const auto purpose = "apply schema " + std::string(step.migration->name);
  const auto stamp = "\nPRAGMA user_version = " + std::to_string(step.number) +
                     "; PRAGMA application_id = " + std::to_string(application_id) + ";";
  auto done = database.execute(purpose, std::string(step.migration->sql) + stamp);
  if (!done) return done;
  return transaction->commit();
}

Error newer_schema(const Database& database, std::int64_t version, std::size_t known) {
  return {Errc::conflict,
          database.path().string() + ": its schema is version " + std::to_string(version) +
              ", this program knows up to version " + std::to_string(known) +
              "; run the newer Wakeful that wrote it, or restore a backup made before"};
}

}  // namespace

std::int64_t newest_schema(std::string_view database) {
  return static_cast<std::int64_t>(steps_of(database).size());
}

Result<void> migrate(Database& database, std::string_view name, std::int64_t application_id) {
  auto owned = check_owner(database, name, application_id);
  if (!owned) return owned;
  const auto steps = steps_of(name);
  const auto version = read_version(database);
  if (!version) return fail(version.error());
  if (*version > static_cast<std::int64_t>(steps.size()))
    return fail(newer_schema(database, *version, steps.size()));
  for (const auto& step : steps) {
    if (step.number <= *version) continue;
    auto done = apply(database, step, application_id);
    if (!done) return done;
  }
  return {};
}

Result<void> check_schema(Database& database, std::string_view name, std::int64_t application_id) {
  auto owned = check_owner(database, name, application_id);
  if (!owned) return owned;
  const auto known = steps_of(name).size();
  const auto version = read_version(database);
  if (!version) return fail(version.error());
  if (*version > static_cast<std::int64_t>(known))
    return fail(newer_schema(database, *version, known));
  if (*version == static_cast<std::int64_t>(known)) return {};
  return fail(Errc::unavailable,
              database.path().string() +
                  ": an older version of Wakeful wrote it; start `wakeful serve` "
                  "once, which brings it up to date");
}

}  // namespace wakeful::store::detail
