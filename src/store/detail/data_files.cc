#include "store/detail/data_files.h"

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>
#include <system_error>

#include "store/detail/migrate.h"

namespace wakeful::store::detail {
namespace {

namespace fs = std::filesystem;
Error folder_error(const fs::path& folder, const std::error_code& error) {
  const bool denied = error.value() == EACCES || error.value() == EPERM;
  return {denied ? Errc::denied : Errc::io,
          folder.string() + ": cannot list the folder: " + error.message()};
}

Result<std::vector<DataFile>> list_packs(const fs::path& folder) {
  std::vector<DataFile> packs;
  std::error_code error;
  fs::directory_iterator entry(folder / "samples", error);
  if (error.value() == ENOENT) return packs;  // no pack was made yet
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto file = data_file_of("samples/" + entry->path().filename().string());
    if (file) packs.push_back(std::move(*file));
  }
  if (error) return fail(folder_error(folder / "samples", error));
  std::ranges::sort(packs, {}, &DataFile::name);
  return packs;
}

}  // namespace

std::optional<DataFile> data_file_of(std::string_view name) {
  if (name == "registry.db") return DataFile{std::string(name), DataFileKind::registry, {}};
  if (name == "samples.db") return DataFile{std::string(name), DataFileKind::samples, {}};
  constexpr std::string_view kFolder = "samples/";
  if (!name.starts_with(kFolder)) return std::nullopt;
  const auto pack = parse_pack_name(name.substr(kFolder.size()));
  if (!pack) return std::nullopt;
  return DataFile{std::string(name), DataFileKind::pack, pack->period};
}

Result<std::vector<DataFile>> list_data_files(const fs::path& folder) {
  std::vector<DataFile> files;
  std::error_code ignored;
  if (fs::exists(folder / "samples.db", ignored)) files.push_back(*data_file_of("samples.db"));
  auto packs = list_packs(folder);
  if (!packs) return fail(std::move(packs).error());
  files.insert(files.end(), packs->begin(), packs->end());
  if (fs::exists(folder / "registry.db", ignored)) files.push_back(*data_file_of("registry.db"));
  return files;
}

std::uint64_t file_number(const fs::path& path) {
  struct ::stat about {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

std::string_view migrations_of(DataFileKind kind) {
  switch (kind) {
    case DataFileKind::registry:
      return "registry";
    case DataFileKind::samples:
      return "samples";
    case DataFileKind::pack:
      break;
  }
  return "pack";
}

std::int64_t application_id_of(DataFileKind kind) {
  switch (kind) {
    case DataFileKind::registry:
      return kRegistryApplicationId;
    case DataFileKind::samples:
      return kSamplesApplicationId;
    case DataFileKind::pack:
      break;
  }
  return kPackApplicationId;
}

Result<void> check_embedded(const StoreOptions& options) {
  if (options.url.empty() || options.url == "sqlite:") return {};
  // The URL itself is not repeated: it may hold a password.
  return fail(Errc::invalid,
              "store: this works on the embedded store (\"sqlite:\") only; use the tools of the "
              "database that holds the data");
}

Result<void> check_there_is_a_store(const StoreOptions& options) {
  auto embedded = check_embedded(options);
  if (!embedded) return embedded;
  std::error_code error;
  for (const auto* name : {"registry.db", "samples.db"}) {
    if (fs::exists(options.data_folder / name, error)) return {};
    if (error.value() == EACCES || error.value() == EPERM) {
      return fail(Errc::denied, options.data_folder.string() + ": " + error.message());
    }
  }
  return fail(Errc::not_found, options.data_folder.string() +
                                   ": there is no store in this folder; name the data folder of "
                                   "the server");
}

}  // namespace wakeful::store::detail
