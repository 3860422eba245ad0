#include "server/exchange.h"

#include "api/api.h"

namespace wakeful::server {
namespace {

constexpr std::string_view kRetryAfterSeconds = "2";

}  // namespace

net::Response error_reply(const Error& error) {
  net::Response response = api::error_response(error);
  if (response.status == 503 && !response.headers.find("Retry-After")) {
    response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
  }
  return response;
}

net::Response text_reply(int status, std::string_view text) {
  net::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = text;
  if (status == 503) response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

net::Response method_not_allowed(std::string_view allowed) {
  net::Response response = net::problem_response(
      405, net::status_title(405), "expected one of the methods " + std::string(allowed));
  response.headers.add("Allow", std::string(allowed));
  return response;
}

Error too_busy() {
  return {Errc::unavailable, "the server is busy: too many requests wait; try again"};
}

}  // namespace wakeful::server
