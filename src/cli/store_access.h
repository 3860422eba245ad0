// cli/store_access.h: what the commands share that work on a whole store.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command.h"
#include "cli/progress_line.h"
#include "server/config.h"
#include "store/operations.h"
#include "store/store.h"

namespace wakeful::cli {

struct StoreAccess {
  server::ServerConfig config;
  store::StoreOptions options;
};

/// Read the settings, which say where the store is. Nothing is opened.
/// errors  invalid
Result<StoreAccess> find_store(const Context& context);

/// For the operations that count bytes.
store::Progress told_to(ProgressLine& line);

/// An error that may be one of rights, with what helps against it.
Error with_remedy(Error error);

/// "1 block", "3 blocks".
std::string count_of(std::uint64_t number, std::string_view noun);

}  // namespace wakeful::cli
