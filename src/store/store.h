// store/store.h: opens a store by its URL. A new backend is one file and one line in stores.def.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/registry.h"
#include "store/samples.h"

namespace wakeful::store {

struct Store {
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Samples> samples;
};

struct StoreOptions {
  std::filesystem::path data_folder;  ///< made when absent, mode 0700
  std::string url;                    ///< "sqlite:" (embedded, in data_folder); empty means that
};

/// Open both halves, making or migrating the schema.
/// errors  invalid: unknown scheme (names the known ones); denied, io; conflict: the schema is
/// newer than this program
Result<Store> open_store(const StoreOptions& options);

/// Only the registry: for commands that run beside a server.
Result<std::unique_ptr<Registry>> open_registry(const StoreOptions& options);

}  // namespace wakeful::store
