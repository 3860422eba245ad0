// api/server_json.h: a live server as the page gets it. docs/protocol.md §5 "Summary" and "Detail";
// tests/fixtures/api/servers.json and server.json.
//
// Used by the servers resource and the live feed, so that both say the same.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/json_writer.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "fleet/fleet.h"

namespace wakeful::api {

/// One Summary object.
void write_summary(JsonWriter& json, const fleet::ServerView& view);
/// One Detail object as a document.
std::string encode_detail(const fleet::ServerView& view);
/// {"servers": [Summary…], "server_time_ms"}. The caller holds the fleet.
std::string encode_servers(std::span<const fleet::ServerView* const> views, WallTime now);
/// The same of all servers, by name. Takes the fleet in short turns, so that reports of a large
/// fleet are not held up; a server that goes meanwhile is left out. thread: any
std::string encode_all_servers(Guarded<fleet::Fleet>& fleet, WallTime now);

}  // namespace wakeful::api
