#include "api/json_body.h"

#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

namespace wakeful::api {
namespace {

namespace json = boost::json;

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "text";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      break;
  }
  return "an object";
}

}  // namespace

Result<JsonBody> JsonBody::parse(std::string_view text) {
  if (text.empty()) return fail(Errc::parse, "body: expected a JSON object, got nothing");
  json::stream_parser parser;
  json::error_code error;
  const auto read = parser.write_some({text.data(), text.size()}, error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) {
    return fail(Errc::parse,
                "body: expected JSON, got " + error.message() + " at byte " + std::to_string(read));
  }
  const auto root = parser.release();
  const auto* const object = root.if_object();
  if (object == nullptr) {
    return fail(Errc::invalid, "body: expected a JSON object, got " + std::string(kind_of(root)));
  }
  JsonBody body;
  for (const auto& [key, value] : *object) {
    Value kept;
    kept.kind = kind_of(value);
    if (const auto* const string = value.if_string())
      kept.text.assign(string->data(), string->size());
    body.fields_.insert_or_assign(std::string(key.data(), key.size()), std::move(kept));
  }
  return body;
}

Result<std::string> JsonBody::text(std::string_view field, std::size_t max_bytes) const {
  const std::string name(field);
  const auto at = fields_.find(field);
  if (at == fields_.end()) return fail(Errc::invalid, name + ": expected text, but it is missing");
  const auto& value = at->second;
  if (value.kind != "text") {
    return fail(Errc::invalid, name + ": expected text, got " + std::string(value.kind));
  }
  if (value.text.size() > max_bytes) {
    return fail(Errc::invalid, name + ": expected at most " + std::to_string(max_bytes) +
                                   " bytes, got " + std::to_string(value.text.size()));
  }
  return value.text;
}

}  // namespace wakeful::api
