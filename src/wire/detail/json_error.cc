#include "wire/detail/json_error.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"
#include "wire/detail/text.h"

namespace wakeful::wire::detail {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

/// The grammar of RFC 8259, walked to the first fault.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<std::string> find_fault() {
    skip_spaces();
    if (at_end()) return "not JSON: expected an object or an array, got nothing";
    if (!value(0)) return fault_;
    skip_spaces();
    if (!at_end()) return fail("the end of the text"), fault_;
    return std::nullopt;
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  char now() const { return at_end() ? '\0' : text_[position_]; }
  void skip_spaces() {
    while (!at_end() && is_space(now())) ++position_;
  }

  std::string path() const {
    std::string out;
    for (const auto& step : path_) {
      if (!out.empty() && step.front() != '[') out += '.';
      out += step;
    }
    return out;
  }

  std::string place() const {
    const auto before = text_.substr(0, position_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto newline = before.rfind('\n');
    const auto column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    auto out = "line " + std::to_string(line) + ", column " + std::to_string(column);
    if (!path_.empty()) out += " (in " + path() + ")";
    return out;
  }

  bool fail(std::string_view expected) {
    std::string got = "the end of the text: it is cut off";
    if (!at_end()) got = show_text(text_.substr(position_, character_bytes()));
    fault_ = "not JSON at " + place() + ": expected " + std::string(expected) + ", got " + got;
    return false;
  }
  bool say(std::string_view what) {
    fault_ = std::string(what) + " at " + place();
    return false;
  }
  std::size_t character_bytes() const {
    for (std::size_t n = 1; n <= 4; ++n) {
      if (is_utf8(text_.substr(position_, n))) return n;
    }
    return 1;
  }

  bool value(int depth) {
    if (now() == '{' || now() == '[') {
      if (depth >= kMaxJsonDepth - 1) {
        return say("nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
      }
      return now() == '{' ? object(depth) : array(depth);
    }
    if (now() == '"') return string().has_value();
    if (is_word(now())) return word();
    return fail("a value");
  }

  bool object(int depth) {
    ++position_;
    skip_spaces();
    if (now() == '}' && !at_end()) return ++position_, true;
    for (;;) {
      if (now() != '"') return fail("a key in quotes");
      const auto key = string();
      if (!key) return false;
      skip_spaces();
      if (now() != ':') return fail("':'");
      ++position_;
      skip_spaces();
      path_.push_back(key->empty() ? "\"\"" : *key);
      if (!value(depth + 1)) return false;
      path_.pop_back();
      skip_spaces();
      if (now() == '}') return ++position_, true;
      if (now() != ',') return fail("',' or '}'");
      ++position_;
      skip_spaces();
    }
  }

  bool array(int depth) {
    ++position_;
    skip_spaces();
    if (now() == ']') return ++position_, true;
    for (std::size_t index = 0;; ++index) {
      path_.push_back("[" + std::to_string(index) + "]");
      if (!value(depth + 1)) return false;
      path_.pop_back();
      skip_spaces();
      if (now() == ']') return ++position_, true;
      if (now() != ',') return fail("',' or ']'");
      ++position_;
      skip_spaces();
    }
  }

  /// A string in quotes: its raw text, shortened, for the path.
  std::optional<std::string> string() {
    const auto start = ++position_;
    while (now() != '"') {
      if (at_end()) return fail("'\"' at the end of a text"), std::nullopt;
      const auto byte = static_cast<unsigned char>(now());
      if (byte < ' ') return fail("no control character in a text"), std::nullopt;
      if (now() == '\\') {
        if (!escape()) return std::nullopt;
        continue;
      }
      const auto length = character_bytes();
      if (!is_utf8(text_.substr(position_, length))) return say("not UTF-8"), std::nullopt;
      position_ += length;
    }
    return show_bare(text_.substr(start, position_++ - start));
  }

  bool escape() {
    ++position_;
    if (at_end() || std::string_view("\"\\/bfnrtu").find(now()) == std::string_view::npos) {
      return fail("an escape such as \\n or \\u00e9");
    }
    if (now() != 'u') return ++position_, true;
    ++position_;
    const auto code = unit();
    if (!code) return fail("four hexadecimal digits");
    if (*code < 0xd800 || *code > 0xdfff) return true;
    if (*code <= 0xdbff && text_.substr(position_, 2) == "\\u") {
      position_ += 2;
      const auto low = unit();
      if (low && *low >= 0xdc00 && *low <= 0xdfff) return true;
    }
    return fail("a pair of surrogate escapes");
  }

  std::optional<unsigned> unit() {
    const auto digits = text_.substr(position_, 4);
    const auto code = parse_integer<unsigned>(digits, 16);
    if (digits.size() != 4 || !code) return std::nullopt;
    position_ += 4;
    return code;
  }

  /// A number, true, false, null, or what somebody took for one.
  bool word() {
    auto length = position_;
    while (length < text_.size() && is_word(text_[length])) ++length;
    const auto text = text_.substr(position_, length - position_);
    if (text == "true" || text == "false" || text == "null" || is_number(text)) {
      position_ = length;
      return true;
    }
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto bare = std::string_view(lower).substr(lower.front() == '-' ? 1 : 0);
    const bool numeric = is_digit(text.front()) || text.front() == '-' || bare == "nan" ||
                         bare == "infinity" || bare == "inf";
    fault_ = path();
    if (fault_.empty()) fault_ = "not JSON at " + place();
    fault_ += numeric ? ": expected a number" : ": expected a value";
    if (numeric && is_digit(bare.empty() ? '\0' : bare.front())) {
      fault_ += " as JSON writes it, of at most 64 bits";
    }
    fault_ += ", got " + show_bare(text);
    return false;
  }

  /// JSON's form and within what 64 bits hold.
  static bool is_number(std::string_view text) {
    auto rest = text.substr(text.starts_with('-') ? 1 : 0);
    const auto digits = [&rest] {
      std::size_t n = 0;
      while (n < rest.size() && is_digit(rest[n])) ++n;
      rest.remove_prefix(n);
      return n;
    };
    const bool zero = rest.starts_with('0');
    const auto whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    const bool integer = rest.empty();
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (rest.starts_with('e') || rest.starts_with('E')) {
      rest.remove_prefix(1);
      if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (!rest.empty()) return false;
    if (!integer) {
      // from_chars calls too small what simdjson rounds to 0.
      double value = 0;
      const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
      return done.ec == std::errc{} || text.find('-', 1) != std::string_view::npos;
    }
    return parse_integer<std::int64_t>(text) || parse_integer<std::uint64_t>(text);
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::vector<std::string> path_;
  std::string fault_;
};

}  // namespace

Error explain_json(std::string_view text, std::string_view fallback) {
  auto fault = Scanner(text).find_fault();
  if (!fault) fault = "not JSON: " + std::string(fallback);
  return Error{Errc::parse, std::move(*fault)};
}

}  // namespace wakeful::wire::detail
