// api/csv_writer.h: writes CSV (RFC 4180) piece by piece.
//
// Used by the resources of api that give columns. One object per text; not thread-safe. Names that
// machines and containers chose are text(): a spreadsheet must not take one for a formula, so such
// a name gets an apostrophe in front.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"

namespace wakeful::api {

class CsvWriter {
 public:
  /// Quoted where it must be; one that begins with = + - @, a tab or a line end gets a ' in front.
  CsvWriter& text(std::string_view value);
  /// Empty for NaN and infinity.
  CsvWriter& number(double value);
  /// "2026-11-20T07:12:25.123Z"
  CsvWriter& time(WallTime value);
  void end_line();

  /// The text so far; the writer is empty then.
  std::string take();

 private:
  void separate();

  std::string out_;
  bool comma_ = false;  // the next field needs one
};

/// A CSV document to be saved. name: of the file, without its ending; what is not a letter, digit,
/// dot or dash becomes '_'.
net::Response csv_response(std::string body, std::string_view name);

}  // namespace wakeful::api
