#include "api/routes.h"

#include "base/strings.h"

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

Result<std::string> server_name(model::ServerId id, const Deps& deps) {
  auto fleet = deps.fleet.lock();
  const auto* const view = fleet->find(id);
  if (view == nullptr) return fail(no_such_server(std::to_string(model::to_number(id))));
  return view->server.name;
}

Result<Format> asked_format(const Call& call) {
  return query_format(call.request.query, call.request.headers.find("Accept").value_or(""));
}

}  // namespace wakeful::api
