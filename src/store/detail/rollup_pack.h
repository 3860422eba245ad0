// store/detail/rollup_pack.h: writing a day's roll-up into a pack of minutes or hours.
//
// Functions on a connection, within the caller's transaction.
#pragma once

#include "base/result.h"
#include "store/block_codec.h"
#include "store/detail/pack.h"

namespace wakeful::store::detail {

/// Put a server's roll-up of a day in the place of the one that may be there. Small blocks of other
/// days are joined now and then, so that a year is read from a few.
Result<void> replace_day(Database& pack, model::ServerId server, model::EntityKind kind,
                         const Period& day, const Block& block);

}  // namespace wakeful::store::detail
