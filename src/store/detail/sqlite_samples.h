// store/detail/sqlite_samples.h: the Samples half of the embedded store. Joins the journal's writer
// and readers and says which thread may do what when.
#pragma once

#include <filesystem>
#include <memory>

#include "store/samples.h"

namespace wakeful::store::detail {

/// Open samples.db in the folder, which must exist.
/// errors  as open_store
Result<std::unique_ptr<Samples>> make_sqlite_samples(const std::filesystem::path& folder);

}  // namespace wakeful::store::detail
