// api/json_writer.h: writes JSON text piece by piece, without building a document first.
//
// Used by the resources of api. One object per text; not thread-safe. Commas are its business,
// matching ends are the caller's. The text has no line breaks, so it fits into one event line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace wakeful::api {

class JsonWriter {
 public:
  JsonWriter& object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  /// Bytes that are not UTF-8 become '?', so that the document stays valid.
  JsonWriter& text(std::string_view value);
  /// null for an empty text.
  JsonWriter& text_or_null(std::string_view value);
  /// Whole numbers without a fraction; null for NaN and infinity.
  JsonWriter& number(double value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& integer_or_null(std::optional<std::int64_t> value);
  JsonWriter& time_or_null(std::optional<WallTime> value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  /// The text so far; the writer is empty then.
  std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool comma_ = false;  // the next key or value needs one
};

}  // namespace wakeful::api
