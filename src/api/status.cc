#include "api/api.h"
#include "base/log.h"

namespace wakeful::api {

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::parse:
      return 400;
    case Errc::unauthorized:
      return 401;
    case Errc::denied:
      return 403;
    case Errc::not_found:
    case Errc::no_data:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::unsupported:
      return 501;
    case Errc::io:
    case Errc::timeout:
    case Errc::unavailable:
      return 503;
    case Errc::internal:
      break;
  }
  return 500;
}

net::Response error_response(const Error& error) {
  const int status = http_status(error.code);
  std::string detail = error.message;
  if (error.code == Errc::internal) {
    log::error("api", "request failed", {{"error", error}});
    detail = "something went wrong inside the server; its log says what";
  }
  auto response = net::problem_response(status, net::status_title(status), detail);
  if (status == 503) {
    log::warning("api", "request not served", {{"error", error}});
    response.headers.add("Retry-After", "5");
  }
  return response;
}

}  // namespace wakeful::api
