// cli/moment.h: a moment as people write it on a command line.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace wakeful::cli {

/// "2026-11-01" and "2026-11-01T10:30[:15[.123]][Z]" in UTC, or how long ago: "7d", "1h30m".
/// errors  invalid: says what was expected
Result<WallTime> parse_moment(std::string_view text, WallTime now);

}  // namespace wakeful::cli
