// wire/detail/member_readers.h: readers of one member of an object, for the tables of fields of the two JSON protocols.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "wire/detail/json_reader.h"
#include "wire/native.h"

namespace wakeful::wire::detail::member {

/// A text.
template <auto member, std::size_t min_bytes = 0>
Result<void> text(Json value, const Path& path, const ReportLimits& limits, auto& out) {
  return read_text(value, path, min_bytes, limits.max_text_bytes, out.*member);
}

/// A text under the limit of names.
template <auto member, std::size_t min_bytes = 0>
Result<void> name(Json value, const Path& path, const ReportLimits& limits, auto& out) {
  return read_text(value, path, min_bytes, limits.max_name_bytes, out.*member);
}

/// A whole number within fixed bounds, into any member that it can be turned into.
template <auto member, std::int64_t minimum, std::int64_t maximum>
Result<void> integer(Json value, const Path& path, const ReportLimits&, auto& out) {
  const auto number = read_integer(value, path, minimum, maximum);
  if (!number) return fail(number.error());
  out.*member = *number;
  return {};
}

}  // namespace wakeful::wire::detail::member
