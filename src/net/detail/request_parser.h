// net/detail/request_parser.h: request bytes to a Request, with the limits and the strictness of
// our server. Beast's parser does the grammar; this adds what it lets through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "net/http.h"

namespace wakeful::net::detail {

/// Why a request is answered by the server itself.
struct Refusal {
  int status = 400;
  std::string detail;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
  using Base = boost::beast::http::basic_parser<true>;
  using ErrorCode = boost::beast::error_code;
  using Text = boost::beast::string_view;

 public:
  RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes);

  /// Feed bytes. Returns how many were used; the rest must be presented again with more behind it.
  /// error  set when the request must be refused: see refusal()
  std::size_t feed(std::string_view bytes, bool& error);
  const Refusal& refusal() const { return refusal_; }

  bool complete() const { return is_done(); }
  bool has_header() const { return is_header_done(); }
  bool is_http_1_0() const { return http_1_0_; }
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }
  bool is_head() const { return request_.method == Method::head; }
  /// Empty until the request line has come.
  const std::string& path() const { return request_.path; }
  /// Bytes of body so far, as they came.
  std::size_t body_bytes() const { return request_.body.size(); }
  /// Lower case, without "identity"; empty for none.
  const std::string& content_encoding() const { return content_encoding_; }
  /// Only when complete. The body is as it came.
  Request take_request() { return std::move(request_); }

 private:
  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field field, Text name, Text value,
                     ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& content_length,
                         ErrorCode& error) override;
  std::size_t on_body_impl(Text body, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  bool set_target(std::string_view target);
  void refuse(int status, std::string detail, ErrorCode& error);
  void set_refusal_for(const ErrorCode& error);

  const std::size_t max_header_bytes_;
  const std::size_t max_body_bytes_;
  std::size_t header_bytes_ = 0;
  std::string_view input_;  ///< only while feed() runs
  Request request_;
  std::string content_encoding_;
  Refusal refusal_{0, {}};
  int host_count_ = 0;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  bool content_length_seen_ = false;
  bool transfer_encoding_seen_ = false;
  bool header_done_ = false;
};

}  // namespace wakeful::net::detail
