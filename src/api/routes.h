// api/routes.h: the handlers that routes.def names, and what they share.
//
// Used by the resources of api and by router.cc. thread: any
#pragma once

#include <string>
#include <string_view>

#include "api/api.h"
#include "api/query.h"
#include "base/result.h"

namespace wakeful::api {

#define WAKEFUL_ROUTE(method, path, handler, access) \
  Result<net::Response> handler(const Call&, const Deps&);
#include "api/routes.def"
#undef WAKEFUL_ROUTE

/// A JSON document as an answer.
net::Response json_response(int status, std::string body);
/// The id in the path. errors  not_found: not a number, so nothing has it
Result<model::ServerId> server_id(const Call& call);
/// "there is no server with the id 7"
Error no_such_server(std::string_view id);
/// errors  not_found: no server has this id
Result<std::string> server_name(model::ServerId id, const Deps& deps);
/// errors  those of query_format
Result<Format> asked_format(const Call& call);

}  // namespace wakeful::api
