#include <charconv>
#include <cmath>
#include <iterator>

#include <boost/json.hpp>

#include "cli/export_rows.h"

namespace wakeful::cli {
namespace {

/// The fewest digits that give the same number back, without an exponent.
void append_number(double value, std::string& out) {
  char text[400];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed);
  out.append(text, end.ptr);
}

/// RFC 4180: in quotes where it must be, a quote twice.
void append_csv_field(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::uint64_t append_csv(const ExportRow& row, std::string& out) {
  std::string begin = format_utc(row.time) + ",";
  append_csv_field(row.server, begin);
  begin += ',';
  append_csv_field(row.entity, begin);
  begin += ',';
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i < row.metrics.size(); ++i) {
    if (!std::isfinite(row.values[i])) continue;
    out += begin;
    out += model::metric_info(row.metrics[i]).name;
    out += ',';
    append_number(row.values[i], out);
    out += '\n';
    ++lines;
  }
  return lines;
}

std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

std::uint64_t append_json(const ExportRow& row, std::string& out) {
  std::string values;
  for (std::size_t i = 0; i < row.metrics.size(); ++i) {
    if (!std::isfinite(row.values[i])) continue;
    values += values.empty() ? "\"" : ",\"";
    values += model::metric_info(row.metrics[i]).name;
    values += "\":";
    append_number(row.values[i], values);
  }
  if (values.empty()) return 0;
  out += R"({"time":")" + format_utc(row.time) + R"(","server":)" + json_text(row.server) +
         R"(,"entity":)" + json_text(row.entity) + R"(,"metrics":{)" + values + "}}\n";
  return 1;
}

}  // namespace

std::string_view export_heading(ExportFormat format) {
  return format == ExportFormat::csv ? "time,server,entity,metric,value\n" : "";
}

std::uint64_t append_row(ExportFormat format, const ExportRow& row, std::string& out) {
  return format == ExportFormat::csv ? append_csv(row, out) : append_json(row, out);
}

}  // namespace wakeful::cli
