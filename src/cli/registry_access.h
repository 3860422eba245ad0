// cli/registry_access.h: what the commands share that work beside a running server.
#pragma once

#include <memory>

#include "base/result.h"
#include "cli/command.h"
#include "server/config.h"
#include "store/registry.h"

namespace wakeful::cli {

struct Opened {
  server::ServerConfig config;
  std::unique_ptr<store::Registry> registry;
};

/// Read the settings and open the registry they name.
/// errors  invalid: the settings; denied, io, conflict: the registry
Result<Opened> open_registry(const Context& context);

}  // namespace wakeful::cli
