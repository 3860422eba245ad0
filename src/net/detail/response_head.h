// net/detail/response_head.h: the status line and headers of a response as bytes.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace wakeful::net::detail {

enum class Framing {
  length,     ///< Content-Length
  chunked,    ///< event stream, HTTP/1.1
  until_end,  ///< event stream, HTTP/1.0: the end of the connection ends it
  none,       ///< 204 and 304 have no body
};

/// "Date: …\r\n", made anew when the second changes. One thread.
class DateHeader {
 public:
  std::string_view now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

/// Headers as lines. One whose name or value could break out of its line is left out and logged.
void append_headers(std::string& out, const Headers& headers);

struct HeadParts {
  Framing framing = Framing::length;
  std::size_t body_bytes = 0;
  bool close = false;
  bool http_1_0 = false;  ///< of the request
  std::string_view date;
  std::string_view common_headers;  ///< lines
};
void append_response_head(std::string& out, const Response& response, const HeadParts& parts);

}  // namespace wakeful::net::detail
