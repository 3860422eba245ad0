#include "net/detail/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/log.h"

namespace wakeful::net::detail {

namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || !is_one_line(name) || !is_one_line(value) ||
      name.find_first_of(": \t") != std::string_view::npos) {
    log::error("http", "left out a response header that breaks out of its line", {{"name", name}});
    return;
  }
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view DateHeader::now() {
  const std::time_t second = std::time(nullptr);
  if (second != second_) {
    static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&second, &utc);
    std::array<char, 64> rest{};
    // Names by hand: strftime's follow the locale.
    const std::size_t length =
        std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT\r\n", &utc);
    text_ = "Date: " + std::string(kDays[static_cast<std::size_t>(utc.tm_wday)]) + ", ";
    if (utc.tm_mday < 10) text_ += '0';
    text_ += std::to_string(utc.tm_mday) + " " + kMonths[static_cast<std::size_t>(utc.tm_mon)];
    text_.append(rest.data(), length);
    second_ = second;
  }
  return text_;
}

void append_headers(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.items()) append_line(out, name, value);
}

void append_response_head(std::string& out, const Response& response, const HeadParts& parts) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(status_title(response.status)).append("\r\n");
  out += parts.date;
  switch (parts.framing) {
    case Framing::length:
      if (!response.content_type.empty()) append_line(out, "Content-Type", response.content_type);
      out += "Content-Length: ";
      append_number(out, parts.body_bytes);
      out += "\r\n";
      break;
    case Framing::chunked:
      out += "Transfer-Encoding: chunked\r\n";
      [[fallthrough]];
    case Framing::until_end:
      out +=
          "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
      break;
    case Framing::none:
      break;
  }
  if (parts.close) {
    out += "Connection: close\r\n";
  } else if (parts.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += parts.common_headers;
  append_headers(out, response.headers);
  out += "\r\n";
}

}  // namespace wakeful::net::detail
