// store/detail/verify_database.h: whether a database is one of ours and whole, page by page. Shared
// by restore and check.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/detail/data_files.h"
#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

/// Whether the file is what its name says, in a schema that this program knows. A file without any
/// table is just being made.
/// errors  invalid: another program's, or another kind; unsupported: a newer program's; io
Result<void> check_identity(Database& database, DataFileKind kind);

/// Read every page. shape  what is wrong, one a line; empty: nothing. errors  io
Result<std::vector<std::string>> find_page_problems(Database& database);

}  // namespace wakeful::store::detail
