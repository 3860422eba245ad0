// store/detail/page_reader.h: the newest samples of one entity as aligned columns. thread: any
#pragma once

#include <cstdint>

#include "store/detail/raw_reader.h"
#include "store/samples.h"

namespace wakeful::store::detail {

/// number  of the container or the core the query names; 0 for the host
Result<Columns> read_page(RawReader& reader, const SampleQuery& query, std::uint32_t number);

}  // namespace wakeful::store::detail
