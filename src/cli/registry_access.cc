#include "cli/registry_access.h"

#include <utility>

#include "base/log.h"
#include "store/store.h"

namespace wakeful::cli {

Result<Opened> open_registry(const Context& context) {
  auto config = server::load_config(context.config_file, context.environment, context.overrides);
  if (!config) return fail(config.error());
  log::set_level(config->log_level);
  auto registry = store::open_registry({config->data, config->store});
  if (!registry) {
    Error error = registry.error();
    if (error.code == Errc::denied) {
      error.message += "; run as the user whom the server runs as, or give --data";
    }
    return fail(std::move(error));
  }
  return Opened{std::move(*config), std::move(*registry)};
}

}  // namespace wakeful::cli
