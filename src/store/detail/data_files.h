// store/detail/data_files.h: which files of a data folder are the store's, by their names. Shared by
// backup, restore and check. Pure but for list_data_files().
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/detail/pack.h"
#include "store/store.h"

namespace wakeful::store::detail {

enum class DataFileKind : std::uint8_t { registry, samples, pack };

struct DataFile {
  std::string name;  ///< below the data folder: "registry.db", "samples/2026-11-20.db"
  DataFileKind kind = DataFileKind::pack;
  std::optional<Period> period;  ///< of a pack
};

/// What a name stands for; nullopt for every name that the store does not give.
std::optional<DataFile> data_file_of(std::string_view name);

/// samples.db, then the packs by name, then registry.db, as far as they are there. Half-written
/// files and those of others are left out.
/// errors  io, denied: a folder cannot be read
Result<std::vector<DataFile>> list_data_files(const std::filesystem::path& folder);

/// Which file has the name at this moment; 0 when there is none. A pack may be replaced by another one
/// under its name at any time, and SQLite opens a database and its log one after the other.
std::uint64_t file_number(const std::filesystem::path& path);

/// The name of its migrations, and what its files bear.
std::string_view migrations_of(DataFileKind kind);
std::int64_t application_id_of(DataFileKind kind);

/// errors  invalid: the store is not the embedded one; not_found: there is no store in the folder
Result<void> check_there_is_a_store(const StoreOptions& options);
/// errors  invalid
Result<void> check_embedded(const StoreOptions& options);

}  // namespace wakeful::store::detail
