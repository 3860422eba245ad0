#include "store/detail/entity_table.h"

#include "base/strings.h"
#include "store/detail/journal_memory.h"

namespace wakeful::store::detail {
namespace {

constexpr auto kContainer = static_cast<std::int64_t>(model::EntityKind::container);

}  // namespace

Result<std::optional<std::uint32_t>> find_entity(Database& database, model::ServerId server,
                                                 model::EntityKind kind, const std::string& name) {
  if (kind == model::EntityKind::host) return 0;
  if (kind == model::EntityKind::core) {
    const auto index = parse_integer<std::uint32_t>(name);
    if (index) return *index;
    return fail(Errc::invalid, "entity: expected core:INDEX with a whole number, got \"" +
                                   shorten(name, 40) + "\"");
  }
  auto row = database.query("find a container",
                            "SELECT number FROM entity WHERE server = ? AND kind = ? AND name = ?");
  const auto found = row.integer(model::to_number(server)).integer(kContainer).text(name).next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return static_cast<std::uint32_t>(row.integer_at(0));
}

Result<std::map<std::uint32_t, std::string>> container_names(Database& database,
                                                             model::ServerId server) {
  std::map<std::uint32_t, std::string> names;
  auto rows =
      database.query("read containers' names", "SELECT number, name FROM entity WHERE server = ?");
  rows.integer(model::to_number(server));
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return names;
    names.emplace(static_cast<std::uint32_t>(rows.integer_at(0)), rows.bytes_at(1));
  }
}

Result<std::vector<EntityInfo>> list_containers(Database& database, model::ServerId server) {
  std::vector<EntityInfo> entities;
  auto rows = database.query("list containers",
                             "SELECT name, first_ms, seen_ms FROM entity WHERE server = ? AND kind "
                             "= ? ORDER BY name");
  rows.integer(model::to_number(server)).integer(kContainer);
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return entities;
    entities.push_back({model::EntityKind::container, std::string(rows.bytes_at(0)),
                        from_unix_ms(rows.integer_at(1)),
                        from_unix_ms(last_possible_ms(rows.integer_at(2)))});
  }
}

}  // namespace wakeful::store::detail
