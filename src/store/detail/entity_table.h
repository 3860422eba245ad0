// store/detail/entity_table.h: the names behind a server's containers' numbers, in samples.db.
//
// Functions on a read connection; which thread may use it is the caller's concern.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/detail/sqlite_db.h"
#include "store/samples.h"

namespace wakeful::store::detail {

/// The number behind an entity's name: 0 for the host, a core's index, a container's number.
/// shape   nullopt: no container of that name was ever seen
/// errors  invalid: a core's name that is no number
Result<std::optional<std::uint32_t>> find_entity(Database& database, model::ServerId server,
                                                 model::EntityKind kind, const std::string& name);

/// Containers' names by number.
Result<std::map<std::uint32_t, std::string>> container_names(Database& database,
                                                             model::ServerId server);

/// All containers of a server that samples may be kept of.
Result<std::vector<EntityInfo>> list_containers(Database& database, model::ServerId server);

}  // namespace wakeful::store::detail
