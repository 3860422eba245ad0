// wire/detail/text.h: values from outside, made fit for a message, and JSON text written by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wakeful::wire::detail {

/// In quotes, at most about 40 bytes, control characters and broken UTF-8 as \xNN: safe to print,
/// log and send back.
std::string show_text(std::string_view text);
/// The same without the quotes.
std::string show_bare(std::string_view text);
/// The shortest text that reads back as the same number.
std::string show_number(double value);

/// The same text with U+FFFD for broken UTF-8.
std::string mend_utf8(std::string_view text);
/// Append text as a JSON string. Broken UTF-8 becomes U+FFFD, so that the document stays valid
/// whatever a kernel or an engine put into a name.
void append_json_text(std::string& out, std::string_view text);
/// Append a finite number, shortest form that reads back exactly; null for NaN and infinity.
void append_json_number(std::string& out, double value);
void append_json_integer(std::string& out, std::int64_t value);
void append_json_integer(std::string& out, std::uint64_t value);

}  // namespace wakeful::wire::detail
