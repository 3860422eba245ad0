// api/routes.h: the handlers that routes.def names, and what they share.
//
// Used by the resources of api and by router.cc. thread: any
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/api.h"
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
/// A whole number among the query parameters.
/// errors  invalid: names the parameter, the bounds and what came; parse: a broken percent escape
Result<std::int64_t> query_integer(const net::Request& request, std::string_view name,
                                   std::int64_t fallback, std::int64_t minimum,
                                   std::int64_t maximum);

}  // namespace wakeful::api
