// server/server.h: `wakeful serve`: builds everything bottom-up, runs until a signal, stops in
// order.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "server/config.h"

namespace wakeful::server {

/// Serve until SIGTERM or SIGINT. The first stops gracefully: no new connections, what was taken is
/// finished, stored and answered. A second one ends the process at once.
/// say     gets the lines for people: "listening on http://HOST:PORT" when ready, and the setup
///         link while there is no account
/// errors  whatever keeps it from starting: the port or the data folder is taken, the store cannot
///         be opened
/// blocks  until it has stopped
Result<void> run_server(const ServerConfig& config,
                        const std::function<void(const std::string&)>& say);

}  // namespace wakeful::server
