// The live resource: server-sent events of what changes.

#include "api/routes.h"

namespace wakeful::api {

Result<net::Response> get_live(const Call& call, const Deps& deps) {
  net::Response response;
  response.content_type = "text/event-stream";
  response.stream = deps.live.open(call.session);
  if (!response.stream) {
    return fail(Errc::unavailable, "expected at most " + std::to_string(LiveFeed::kMaxWatchers) +
                                       " open pages; close some, or try again later");
  }
  return response;
}

}  // namespace wakeful::api
