// The servers resource: all of them, one of them, a new one, one less.

#include "api/json_body.h"
#include "api/json_writer.h"
#include "api/routes.h"
#include "api/server_json.h"
#include "auth/secret.h"
#include "base/log.h"

namespace wakeful::api {

Result<net::Response> get_servers(const Call&, const Deps& deps) {
  return json_response(200, encode_all_servers(deps.fleet, deps.clock.wall_now()));
}

Result<net::Response> get_server(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  auto fleet = deps.fleet.lock();
  const auto* const view = fleet->find(*id);
  if (view == nullptr) return fail(no_such_server(call.path.at("id")));
  return json_response(200, encode_detail(*view));
}

Result<net::Response> post_server(const Call& call, const Deps& deps) {
  const auto body = JsonBody::parse(call.request.body);
  if (!body) return fail(body.error());
  const auto wanted = body->text("name", 1024);
  if (!wanted) return fail(wanted.error());
  const auto name = model::check_server_name(*wanted);
  if (!name) return fail(name.error());
  const auto key = auth::make_server_key();
  const auto server = deps.registry.add_server(*name, model::Origin::native, auth::hash_secret(key),
                                               deps.clock.wall_now());
  if (!server) {
    if (server.error().code != Errc::conflict) return fail(server.error());
    return fail(Errc::conflict, "name: there is a server named " + *name +
                                    " already; choose another name or delete that one first");
  }
  deps.servers_changed();
  log::info("api", "server added",
            {{"id", model::to_number(server->id)}, {"name", *name}, {"by", call.user->name}});
  JsonWriter json;
  json.object().key("id").integer(model::to_number(server->id));
  json.key("name").text(server->name).key("key").text(key);
  return json_response(201, json.end_object().take());
}

Result<net::Response> delete_server(const Call& call, const Deps& deps) {
  const auto id = server_id(call);
  if (!id) return fail(id.error());
  if (auto removed = deps.remove_server(*id); !removed) {
    if (removed.error().code == Errc::not_found) return fail(no_such_server(call.path.at("id")));
    return fail(removed.error());
  }
  log::info("api", "server deleted", {{"id", model::to_number(*id)}, {"by", call.user->name}});
  net::Response response;
  response.status = 204;
  return response;
}

}  // namespace wakeful::api
