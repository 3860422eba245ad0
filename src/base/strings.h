// base/strings.h: small pure functions on text.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wakeful {

std::string_view trim(std::string_view text);
/// Split at every separator; empty pieces are kept ("a,,b" gives three).
std::vector<std::string_view> split(std::string_view text, char separator);
/// Cut the next line (without its newline) off the front of text; nullopt at the end.
std::optional<std::string_view> next_line(std::string_view& text);
/// Cut the next blank-separated word off the front of text; empty at the end.
std::string_view next_word(std::string_view& text);

/// The whole text as a number, or nullopt (no blanks, no sign for unsigned, no overflow, no
/// "nan"/"inf").
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text, int base = 10) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}
std::optional<double> parse_double(std::string_view text);

/// The candidate with the smallest edit distance, when it is near enough to be a typing error (at
/// most a third of its letters); empty otherwise.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// A size for people: "812 B", "1.4 MiB".
std::string format_bytes(std::uint64_t bytes);

std::string to_hex(std::span<const unsigned char> bytes);

/// True when every byte sequence is well-formed UTF-8.
bool is_utf8(std::string_view text);
/// Text for people: at most max_bytes, cut at a character boundary with "…" behind.
std::string shorten(std::string_view text, std::size_t max_bytes);

}  // namespace wakeful
