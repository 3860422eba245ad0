#include "api/routes.h"

#include "base/strings.h"
#include "wire/collector.h"

namespace wakeful::api {

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Error no_such_server(std::string_view id) {
  return {Errc::not_found, "there is no server with the id " + shorten(id, 40)};
}

Result<model::ServerId> server_id(const Call& call) {
  const auto& text = call.path.at("id");
  const auto number = parse_integer<std::int64_t>(text);
  if (!number || *number <= 0) return fail(no_such_server(text));
  return model::ServerId{*number};
}

Result<std::int64_t> query_integer(const net::Request& request, std::string_view name,
                                   std::int64_t fallback, std::int64_t minimum,
                                   std::int64_t maximum) {
  const auto text = wire::query_parameter(request.query, name);
  if (!text) return fail(text.error());
  if (!*text) return fallback;
  const auto number = parse_integer<std::int64_t>(**text);
  if (!number || *number < minimum || *number > maximum) {
    return fail(Errc::invalid, std::string(name) + ": expected a whole number from " +
                                   std::to_string(minimum) + " to " + std::to_string(maximum) +
                                   ", got " + shorten(**text, 40));
  }
  return *number;
}

}  // namespace wakeful::api
