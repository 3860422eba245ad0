// server/restore.h: the live fleet as it was before a restart, from what is stored.
#pragma once

#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "fleet/fleet.h"
#include "store/registry.h"
#include "store/samples.h"

namespace wakeful::server {

/// The fleet must know its servers already.
/// shape   the last report of every server that has one
/// errors  io
/// blocks  one read of history per server
Result<std::vector<store::AcceptedReport>> restore_fleet(store::Registry& registry,
                                                         store::Samples& samples,
                                                         Guarded<fleet::Fleet>& fleet);

}  // namespace wakeful::server
