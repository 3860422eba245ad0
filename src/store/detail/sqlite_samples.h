// store/detail/sqlite_samples.h: the Samples half of the embedded store. Joins the journal, the
// memory, the packs and their readers, and says which thread may do what when.
#pragma once

#include <filesystem>
#include <memory>

#include "store/samples.h"
#include "store/store.h"

namespace wakeful::store::detail {

/// Open samples.db and the packs in the data folder, which must exist.
/// errors  as open_store
Result<std::unique_ptr<Samples>> make_sqlite_samples(const StoreOptions& options);

/// The same to read, beside a server that has it open.
/// errors  as open_store_for_reading
Result<std::unique_ptr<Samples>> read_sqlite_samples(const StoreOptions& options);

}  // namespace wakeful::store::detail
