#include "api/csv_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace wakeful::api {
namespace {

constexpr std::string_view kFormulaStarts = "=+-@\t\r\n";
constexpr std::string_view kNeedsQuotes = "\",\r\n";
constexpr std::size_t kMaxFileName = 100;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

}  // namespace

CsvWriter& CsvWriter::text(std::string_view value) {
  separate();
  const bool formula = !value.empty() && kFormulaStarts.find(value[0]) != std::string_view::npos;
  const bool quotes = value.find_first_of(kNeedsQuotes) != std::string_view::npos;
  if (quotes) out_ += '"';
  if (formula) out_ += '\'';
  for (const char c : value) {
    if (c == '"') out_ += '"';
    out_ += c;
  }
  if (quotes) out_ += '"';
  return *this;
}

CsvWriter& CsvWriter::number(double value) {
  separate();
  if (!std::isfinite(value)) return *this;
  std::array<char, 40> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out_.append(buffer.data(), result.ptr);
  return *this;
}

CsvWriter& CsvWriter::time(WallTime value) {
  separate();
  out_ += format_utc(value);
  return *this;
}

void CsvWriter::end_line() {
  out_ += "\r\n";
  comma_ = false;
}

std::string CsvWriter::take() {
  comma_ = false;
  return std::exchange(out_, {});
}

void CsvWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

net::Response csv_response(std::string body, std::string_view name) {
  std::string file;
  for (const char c : name.substr(0, kMaxFileName)) file += is_plain(c) ? c : '_';
  net::Response response;
  response.content_type = "text/csv; charset=utf-8; header=present";
  response.headers.add("Content-Disposition", "attachment; filename=\"" + file + ".csv\"");
  response.body = std::move(body);
  return response;
}

}  // namespace wakeful::api
