// net/http.h: HTTP messages as plain values, the same for server and client.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wakeful::net {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
std::string_view method_name(Method method);

/// Names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    items_.emplace_back(std::move(name), std::move(value));
  }
  /// The first value, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Request {
  Method method = Method::get;
  std::string path;   ///< before '?', still percent-encoded
  std::string query;  ///< after '?', still percent-encoded
  Headers headers;
  std::string body;            ///< decompressed already (gzip, zstd), within the body limit
  std::string remote_address;  ///< "127.0.0.1", "fe80::1": the peer's, never a forwarded header's
};

class EventStream;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::string body;
  /// Instead of body: bytes that live as long as the program (embedded files).
  std::string_view static_body;
  /// Instead of a body: keep the connection open and send events (net/event_stream.h).
  std::shared_ptr<EventStream> stream;
};

/// RFC 9457 problem details as a response. field, expected and got may be empty.
Response problem_response(int status, std::string_view title, std::string_view detail);

/// "Bad Request" for 400.
std::string_view status_title(int status);

}  // namespace wakeful::net
