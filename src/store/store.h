// store/store.h: opens a store by its URL. A new backend is one file and one line in stores.def.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  /// Bytes of reports the embedded store keeps in memory before it packs them: more packs better,
  /// and takes longer to read back after a crash.
  std::size_t unpacked_bytes = std::size_t{512} << 20;
};

/// The schemes open_store knows ("sqlite"), in the order of stores.def.
std::vector<std::string_view> store_schemes();

/// Open both halves, making or migrating the schema.
/// errors  invalid: unknown scheme (names the known ones), or a file of another program; denied,
///         io: also a damaged file; conflict: the schema is newer than this program, or another
///         `wakeful serve` has the store open
Result<Store> open_store(const StoreOptions& options);

/// Open both halves to read, beside a server that has them open; everything that writes fails with
/// denied. What is stored later is not seen.
/// errors  as open_store; not_found: there is no store
Result<Store> open_store_for_reading(const StoreOptions& options);

/// Only the registry: for commands that run beside a server.
Result<std::unique_ptr<Registry>> open_registry(const StoreOptions& options);

}  // namespace wakeful::store
