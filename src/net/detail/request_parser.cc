#include "net/detail/request_parser.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include "base/strings.h"

namespace wakeful::net::detail {

namespace http = boost::beast::http;

namespace {

/// Reserved at once for a body whose length is announced; more only as bytes really come.
constexpr std::size_t kMaxReservedBytes = 256 << 10;
/// Longest piece of a request that an error message repeats.
constexpr std::size_t kMaxQuotedBytes = 80;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    case http::verb::put:
      return Method::put;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::delete_;
    case http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string quoted(std::string_view text) { return "'" + shorten(text, kMaxQuotedBytes) + "'"; }

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

}  // namespace

RequestParser::RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(max_header_bytes));
  body_limit(max_body_bytes);
}

std::size_t RequestParser::feed(std::string_view bytes, bool& error) {
  ErrorCode code;
  input_ = bytes;
  const std::size_t used = put(boost::asio::buffer(bytes.data(), bytes.size()), code);
  if (code == http::error::need_more) {
    code = {};
    // Beast's own limit is for one call; a header, chunk line or trailer that never ends comes in
    // many.
    const std::size_t held = bytes.size() - used + (header_done_ ? 0 : header_bytes_);
    if (held > max_header_bytes_) {
      code = header_done_ ? http::error::bad_chunk : http::error::header_limit;
    }
  }
  error = static_cast<bool>(code);
  if (error && refusal_.status == 0) set_refusal_for(code);
  return used;
}

void RequestParser::refuse(int status, std::string detail, ErrorCode& error) {
  refusal_ = {status, std::move(detail)};
  error = http::error::bad_field;
}

void RequestParser::set_refusal_for(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    refusal_ = {431, "the request's headers are over " + std::to_string(max_header_bytes_) +
                         " bytes: send fewer or shorter ones"};
  } else if (error == http::error::body_limit) {
    refusal_ = {413, "the body is over the limit of " + std::to_string(max_body_bytes_) + " bytes"};
  } else if (error == http::error::bad_version) {
    refusal_ = {505, "expected HTTP/1.1 or HTTP/1.0"};
  } else {
    refusal_ = {400, "not a well-formed HTTP/1.1 request: " + error.message()};
  }
}

void RequestParser::on_request_impl(http::verb verb, Text method, Text target, int version,
                                    ErrorCode& error) {
  header_bytes_ += method.size() + target.size() + 12;
  if (header_bytes_ > max_header_bytes_) {
    error = http::error::header_limit;
    return;
  }
  request_.method = method_of(verb);
  http_1_0_ = version == 10;
  if (!set_target(view(target))) {
    refuse(400, "expected a request target like /path?query, got " + quoted(view(target)), error);
  }
}

bool RequestParser::set_target(std::string_view target) {
  // The absolute form is for proxies, but every server must take it.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower_case(target.substr(0, scheme.size())) != scheme) continue;
    target.remove_prefix(scheme.size());
    const auto slash = target.find_first_of("/?");
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
    if (target.front() == '?') return false;
    break;
  }
  const bool whole_server = target == "*" && request_.method == Method::options;
  if (target.empty() || (target.front() != '/' && !whole_server)) return false;
  const auto question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  return true;
}

void RequestParser::on_field_impl(http::field field, Text name, Text value, ErrorCode& error) {
  if (header_done_) return;  // a trailer: nothing we use comes in one
  header_bytes_ += name.size() + value.size() + 4;
  if (header_bytes_ > max_header_bytes_) {
    error = http::error::header_limit;
    return;
  }
  const std::string_view text = view(value);
  // Beast joins a value that goes on in the next line, in memory of its own. Nobody sends that any
  // more but those who want two programs to read it differently.
  const std::less_equal<const char*> before;
  const bool in_one_line = text.empty() || (before(input_.data(), text.data()) &&
                                            before(text.data(), input_.data() + input_.size()));
  if (!in_one_line) {
    return refuse(400, std::string(name) + ": expected a value in one line", error);
  }
  switch (field) {
    case http::field::content_length:
      // Twice, or as a list, even of equal numbers, is how requests are smuggled past a proxy.
      if (content_length_seen_ || !all_digits(text)) {
        return refuse(400, "Content-Length: expected one number, got " + quoted(text), error);
      }
      content_length_seen_ = true;
      break;
    case http::field::transfer_encoding:
      if (transfer_encoding_seen_ || lower_case(text) != "chunked") {
        return refuse(400, "Transfer-Encoding: expected chunked, got " + quoted(text), error);
      }
      transfer_encoding_seen_ = true;
      break;
    case http::field::content_encoding:
      if (!content_encoding_.empty()) content_encoding_ += ", ";
      content_encoding_ += lower_case(text);
      break;
    case http::field::expect:
      if (lower_case(text) != "100-continue") {
        return refuse(417, "Expect: expected 100-continue, got " + quoted(text), error);
      }
      expects_continue_ = true;
      break;
    case http::field::host:
      ++host_count_;
      break;
    default:
      break;
  }
  request_.headers.add(std::string(name), std::string(value));
}

void RequestParser::on_header_impl(ErrorCode& error) {
  header_done_ = true;
  if (content_encoding_ == "identity") content_encoding_.clear();
  if (http_1_0_) expects_continue_ = false;
  if (content_length_seen_ && transfer_encoding_seen_) {
    refuse(400, "expected Content-Length or Transfer-Encoding, got both", error);
  } else if (transfer_encoding_seen_ && http_1_0_) {
    refuse(400, "Transfer-Encoding is not part of HTTP/1.0", error);
  } else if (host_count_ > 1 || (host_count_ == 0 && !http_1_0_)) {
    refuse(400, "expected one Host header, got " + std::to_string(host_count_), error);
  }
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& content_length,
                                      ErrorCode&) {
  if (content_length) {
    request_.body.reserve(std::min<std::size_t>(*content_length, kMaxReservedBytes));
  }
}

std::size_t RequestParser::on_body_impl(Text body, ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace wakeful::net::detail
