#include "cli/store_access.h"

#include <utility>

#include "base/log.h"

namespace wakeful::cli {

Result<StoreAccess> find_store(const Context& context) {
  auto config = server::load_config(context.config_file, context.environment, context.overrides);
  if (!config) return fail(config.error());
  log::set_level(config->log_level);
  store::StoreOptions options;
  options.data_folder = config->data;
  options.url = config->store;
  options.unpacked_bytes = config->store_memory;
  return StoreAccess{std::move(*config), std::move(options)};
}

store::Progress told_to(ProgressLine& line) {
  return [&line](std::uint64_t done, std::uint64_t total, std::string_view current) {
    line.show({done, total, done, current});
  };
}

Error with_remedy(Error error) {
  if (error.code == Errc::denied) {
    error.message += "; run as the user whom the server runs as, or give --data";
  }
  return error;
}

std::string count_of(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace wakeful::cli
