// store/detail/report_table.h: samples.db as version 0.1 wrote it: a row per report.
//
// Once, at the first start of a newer version, its rows become blocks. docs/formats/embedded-store.md.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/detail/pack_set.h"
#include "store/detail/record.h"
#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

/// Move all rows of the table `report` into packs, server by server; the newest of each goes to the
/// table `server`. Does nothing where there are none. Cut off anywhere, it goes on the next time.
Result<void> pack_report_table(Database& database, PackSet& packs);

/// The blob `figures` of a row.
/// errors  io: damaged, says where
Result<Row> read_report_figures(std::string_view bytes);

}  // namespace wakeful::store::detail
