#include "wire/detail/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/strings.h"

namespace wakeful::wire::detail {
namespace {

constexpr std::size_t kShownBytes = 40;
constexpr char kDigits[] = "0123456789abcdef";

/// Bytes of the well-formed character at the front, 0 when there is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && c != 0x7f;
}

template <class Number>
void append_number(std::string& out, Number value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, error == std::errc{} ? end : buffer);
}

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
  }
}

void append_valid(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    append_escaped(out, text.front());
    text.remove_prefix(1);
  }
}

}  // namespace

std::string show_bare(std::string_view text) {
  std::string out;
  const bool cut = text.size() > kShownBytes;
  if (cut) text = text.substr(0, kShownBytes);
  while (!text.empty()) {
    const auto length = character_length(text);
    if (length == 0 && cut && text.size() < 4) break;  // the cut went through a character
    if (length == 1 && (is_plain(text.front()) || text.front() == '\\' || text.front() == '"')) {
      out += text.front();
    } else if (length <= 1) {
      const auto byte = static_cast<unsigned char>(text.front());
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return cut ? out + "…" : out;
}

std::string show_text(std::string_view text) { return '"' + show_bare(text) + '"'; }

std::string show_number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

std::string mend_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = character_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  if (is_utf8(text)) {
    append_valid(out, text);
  } else {
    append_valid(out, mend_utf8(text));
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  append_number(out, value);
}

void append_json_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void append_json_integer(std::string& out, std::uint64_t value) { append_number(out, value); }

}  // namespace wakeful::wire::detail
