#include "wire/detail/json_reader.h"

#include <cmath>

#include "wire/detail/json_error.h"
#include "wire/detail/text.h"

namespace wakeful::wire::detail {
namespace {

constexpr std::size_t kSharedParserBytes = 1 << 20;

bool allocate(simdjson::dom::parser& parser) {
  return parser.allocate(16 << 10, kMaxJsonDepth) == simdjson::SUCCESS;
}

/// What came, for people.
std::string show(Json value) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::ARRAY:
      return "an array";
    case Type::OBJECT:
      return "an object";
    case Type::STRING:
      return show_text(value.get_string().value_unsafe());
    case Type::BOOL:
      return value.get_bool().value_unsafe() ? "true" : "false";
    case Type::NULL_VALUE:
      return "null";
    case Type::INT64:
      return std::to_string(value.get_int64().value_unsafe());
    case Type::UINT64:
      return std::to_string(value.get_uint64().value_unsafe());
    case Type::DOUBLE:
      return show_number(value.get_double().value_unsafe());
  }
  return "something else";
}

std::string bounds(std::string_view kind, double minimum, double maximum) {
  return std::string(kind) + " from " + show_number(minimum) + " to " + show_number(maximum);
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text) {
  thread_local simdjson::dom::parser shared;
  thread_local const bool shared_ready = allocate(shared);
  JsonDocument document;
  simdjson::dom::parser* parser = &shared;
  bool ready = shared_ready;
  if (text.size() > kSharedParserBytes) {
    document.own = std::make_unique<simdjson::dom::parser>();
    parser = document.own.get();
    ready = allocate(*parser);
  }
  if (!ready) return fail(Errc::internal, "no memory for a JSON parser");
  // The copy it makes here is what gives simdjson the padding that it reads beyond the end.
  const auto error = parser->parse(text.data(), text.size(), true).get(document.root);
  if (error == simdjson::SUCCESS) return document;
  return fail(explain_json(text, simdjson::error_message(error)));
}

std::string Path::text() const {
  std::string out = parent == nullptr ? std::string() : parent->text();
  if (parent == nullptr) return out;
  if (key.empty()) return out + "[" + std::to_string(index) + "]";
  if (!out.empty()) out += '.';
  return out += key;
}

Error wrong(const Path& path, std::string_view expected, std::string_view got) {
  std::string message = path.text();
  if (!message.empty()) message += ": ";
  message.append("expected ").append(expected).append(", got ").append(got);
  return Error{Errc::invalid, std::move(message)};
}

Error wrong(const Path& path, std::string_view expected, Json got) {
  return wrong(path, expected, show(got));
}

Error missing(const Path& path, std::string_view expected) {
  return Error{Errc::invalid,
               path.text() + ": expected " + std::string(expected) + ", but it is missing"};
}

Result<double> read_number(Json value, const Path& path, double minimum, double maximum) {
  double number = 0;
  // simdjson never gives NaN or infinity: its grammar has neither.
  if (value.get(number) != simdjson::SUCCESS || number < minimum || number > maximum) {
    return fail(wrong(path, bounds("a number", minimum, maximum), value));
  }
  return number;
}

Result<std::int64_t> read_integer(Json value, const Path& path, std::int64_t minimum,
                                  std::int64_t maximum) {
  std::int64_t number = 0;
  bool whole = value.get(number) == simdjson::SUCCESS;
  if (double real = 0; !whole && value.is_double() && value.get(real) == simdjson::SUCCESS) {
    constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double skips whole numbers
    whole = std::trunc(real) == real && std::abs(real) <= kExact;
    if (whole) number = static_cast<std::int64_t>(real);
  }
  if (!whole || number < minimum || number > maximum) {
    return fail(wrong(
        path, "a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum),
        value));
  }
  return number;
}

Result<void> read_text(Json value, const Path& path, std::size_t min_bytes, std::size_t max_bytes,
                       std::string& out) {
  std::string_view text;
  const bool is_text = value.get(text) == simdjson::SUCCESS;
  if (is_text && text.size() >= min_bytes && text.size() <= max_bytes) {
    out = text;
    return {};
  }
  const auto expected =
      "text of " + std::to_string(min_bytes) + " to " + std::to_string(max_bytes) + " bytes";
  if (is_text && text.size() > max_bytes) {
    return fail(wrong(path, expected, std::to_string(text.size()) + " bytes: " + show_text(text)));
  }
  return fail(wrong(path, expected, value));
}

Result<simdjson::dom::array> read_array(Json value, const Path& path, std::size_t max_items,
                                        std::string_view things) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) {
    return fail(wrong(path, "an array of " + std::string(things), value));
  }
  if (array.size() > max_items) {
    return fail(wrong(path, "at most " + std::to_string(max_items) + " " + std::string(things),
                      std::to_string(array.size())));
  }
  return array;
}

Result<simdjson::dom::object> read_object(Json value, const Path& path) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return fail(wrong(path, "an object", value));
  return object;
}

}  // namespace wakeful::wire::detail
