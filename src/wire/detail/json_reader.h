// wire/detail/json_reader.h: typed reading of JSON from outside. Every error names the place, what
// was expected and what came: "containers[3].metrics.container_cpu_ratio: expected a number from 0
// to 1, got 1.5".
//
// Used by native.cc and monitor_info.cc. The only header that includes simdjson; nothing outside
// wire includes it. Callable from any thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/result.h"

namespace wakeful::wire::detail {

using Json = simdjson::dom::element;

/// A document that holds its values alive. Small ones share one parser per thread, so that a
/// document lives only until the same thread parses the next one.
struct JsonDocument {
  std::unique_ptr<simdjson::dom::parser>
      own;  ///< of a large document, so that memory is given back
  Json root;
};

/// errors  parse: not JSON, not UTF-8, nested too deeply: says where and why
Result<JsonDocument> parse_json(std::string_view text);

/// Where a value stands, as a chain of stack frames: it costs nothing until an error is written.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;   ///< of an object's value; empty for an array's
  std::size_t index = 0;  ///< in an array

  /// "containers[3].name"; empty for the root.
  std::string text() const;
};

/// "PATH: expected EXPECTED, got …", with the value shortened and made safe to print.
Error wrong(const Path& path, std::string_view expected, Json got);
/// The same with our own words for what came.
Error wrong(const Path& path, std::string_view expected, std::string_view got);
/// "PATH: expected EXPECTED, but it is missing".
Error missing(const Path& path, std::string_view expected);

/// A finite number within the bounds, both included.
Result<double> read_number(Json value, const Path& path, double minimum, double maximum);
/// A whole number within the bounds, both included. 1956.0 is one, 1956.5 is not.
Result<std::int64_t> read_integer(Json value, const Path& path, std::int64_t minimum,
                                  std::int64_t maximum);
/// Text of min_bytes to max_bytes.
Result<void> read_text(Json value, const Path& path, std::size_t min_bytes, std::size_t max_bytes,
                       std::string& out);
/// An array of at most max_items; things is their plural for the message.
Result<simdjson::dom::array> read_array(Json value, const Path& path, std::size_t max_items,
                                        std::string_view things);
Result<simdjson::dom::object> read_object(Json value, const Path& path);

/// One known key of an object. Limits is what the readers need to know besides.
template <class T, class Limits>
struct Field {
  std::string_view name;
  std::string_view
      required;  ///< what is expected when it is missing; empty: it may be absent or null
  Result<void> (*read)(Json, const Path&, const Limits&, T&);
};

/// Read an object by its table of known keys. Unknown keys are ignored; a known key that stands
/// twice is refused, since its readers could disagree on which one counts.
template <class T, class Limits, std::size_t n>
Result<void> read_fields(Json value, const Path& path, const Limits& limits,
                         const std::array<Field<T, Limits>, n>& fields, T& out) {
  static_assert(n <= 32);
  const auto object = read_object(value, path);
  if (!object) return fail(object.error());
  std::uint32_t seen = 0;
  std::size_t next = 0;  // keys mostly come in the order of the table
  for (const auto [key, item] : *object) {
    std::size_t tried = 0;
    while (tried < n && fields[next].name != key) {
      next = next + 1 == n ? 0 : next + 1;
      ++tried;
    }
    if (tried == n) continue;
    const auto& field = fields[next];
    const Path here{&path, field.name};
    const auto bit = std::uint32_t{1} << next;
    if ((seen & bit) != 0) return fail(wrong(here, "the key once", "it twice"));
    seen |= bit;
    next = next + 1 == n ? 0 : next + 1;
    if (field.required.empty() && item.is_null()) continue;
    if (auto read = field.read(item, here, limits, out); !read) return read;
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (fields[i].required.empty() || (seen & (std::uint32_t{1} << i)) != 0) continue;
    return fail(missing(Path{&path, fields[i].name}, fields[i].required));
  }
  return {};
}

}  // namespace wakeful::wire::detail
