// wire/collector.h: the old server manager's GET
// /?id=KEY&time=…&cpu_usage=…&power_usage=…&user_num=…. docs/protocol.md §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/report.h"

namespace wakeful::wire {

struct CollectorReport {
  std::string key;
  model::Report report;  ///< origin collector; greeting when cpu_usage and user_num are not there
};

/// Decode a raw (still percent-encoded) query string.
/// errors  invalid: names the parameter, what was expected and what came
Result<CollectorReport> parse_collector(std::string_view query);

/// Decode %XX and '+'. errors  parse: a broken escape
Result<std::string> percent_decode(std::string_view text);
/// The value of a parameter of a raw query string, decoded; nullopt when absent.
Result<std::optional<std::string>> query_parameter(std::string_view query, std::string_view name);

}  // namespace wakeful::wire
