// server/time_rule.h: which times of samples are taken. docs/protocol.md §1 "Times".
//
// Pure. Used by native_receiver.cc; the old protocols' samples carry the time of receipt.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace wakeful::server {

/// No sample lies further ahead of this server's clock than this.
inline constexpr Milliseconds kFurthestAhead{std::chrono::hours(1)};

/// Why a report with this time, corrected, is not taken; nullopt when it is.
/// retention  how long raw samples are kept: what is older would be thrown away at once
std::optional<std::string> refuse_time(WallTime time, WallTime received, Milliseconds retention);

}  // namespace wakeful::server
