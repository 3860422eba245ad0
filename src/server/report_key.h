// server/report_key.h: the key by which a report that is sent twice is stored once.
//
// Pure. docs/protocol.md §1 (native), §3 (monitor_info), §4 (collector).
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/report.h"
#include "store/samples.h"

namespace wakeful::server {

/// From boot id, run and sequence.
/// errors  invalid: a sequence over 2^63-1
Result<store::ReportKey> native_key(const model::Report& report);

/// From the time as the client wrote it: its second where it is "YYYY-MM-DD HH:MM:SS", else a hash
/// of the text (negative, so that it never meets a second).
store::ReportKey collector_key(std::string_view time_text);

}  // namespace wakeful::server
