// fleet/detail/cause.h: the sentences of events, for people. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "model/report.h"

namespace wakeful::fleet::detail {

/// "0.5 s", "24 s", "3 min", "5 h 12 min", "4 days". Never negative.
std::string duration_text(Milliseconds duration);

/// "no report for 24 s (expected every 8 s)"; since says what the silence is counted from, empty
/// for the last report.
std::string silence_cause(Milliseconds silence, Milliseconds interval, const std::string& since);

/// "reports again after 3 min".
std::string return_cause(Milliseconds away);

/// "started again: new boot id", with the kernels when they differ.
std::string reboot_cause(const model::Report& before, const model::Report& after);

}  // namespace wakeful::fleet::detail
