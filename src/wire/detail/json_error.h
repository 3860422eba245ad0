// wire/detail/json_error.h: says what is wrong with a text that the fast parser refused.
//
// Slow and only for the error path: the fast parser knows neither place nor reason. Pure.
#pragma once

#include <string_view>

#include "base/result.h"

namespace wakeful::wire::detail {

inline constexpr int kMaxJsonDepth = 64;

/// NaN and Infinity (Python's json.dumps writes them) are named by their field: "ser_cpu_percent:
/// expected a number, got NaN". Anything else by line, column, and field where there is one.
/// fallback  what to say when no fault is found here
Error explain_json(std::string_view text, std::string_view fallback);

}  // namespace wakeful::wire::detail
