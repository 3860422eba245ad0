// collect/detail/values.h: what every collector does with a value before it goes into a report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/metric.h"

namespace wakeful::collect::detail {

/// Longest texts that the report format takes (docs/protocol.md).
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxTextBytes = 1024;

/// Append a value. One that is not finite or outside the catalogue's range is left out: the server
/// would refuse the whole report for it.
void add_value(std::vector<model::MetricValue>& to, model::Metric metric, double value);

/// A text from outside as it may stand in a report: UTF-8 without control characters ('?' in their
/// place), at most max_bytes.
std::string clean_text(std::string_view text, std::size_t max_bytes);

/// "what: expected …, got "…"", the text shortened, as an error of code parse.
Error unexpected(std::string_view what, std::string_view expected, std::string_view got);

}  // namespace wakeful::collect::detail
