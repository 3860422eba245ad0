// api/json_body.h: the JSON object a request carries, read field by field. Errors name the field,
// what was expected and what came.
//
// Used by the resources of api. Boost.JSON stays in json_body.cc.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::api {

class JsonBody {
 public:
  /// errors  parse: not JSON (says where); invalid: not an object
  static Result<JsonBody> parse(std::string_view text);

  /// A field that must be there and be text.
  /// errors  invalid: missing, not text, or longer
  Result<std::string> text(std::string_view field, std::size_t max_bytes) const;

 private:
  struct Value {
    std::string_view kind;  ///< "text", "a number", …
    std::string text;       ///< of kind "text"
  };
  std::map<std::string, Value, std::less<>> fields_;
};

}  // namespace wakeful::api
