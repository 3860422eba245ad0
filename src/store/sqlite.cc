// The embedded store: two SQLite files in the data folder. docs/formats/embedded-store.md.
#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <system_error>

#include "store/detail/backends.h"
#include "store/detail/sqlite_registry.h"
#include "store/detail/sqlite_samples.h"

namespace wakeful::store::detail {
namespace {

Result<void> make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return fail(Errc::invalid, "data folder: expected a path, got none");
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  // Histories and password hashes are nobody else's business.
  if (!error && (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST)) return {};
  const int number = error ? error.value() : errno;
  const auto code = number == EACCES || number == EPERM ? Errc::denied : Errc::io;
  return fail(code, folder.string() + ": cannot make the data folder: " + std::strerror(number));
}

Result<void> prepare(const StoreOptions& options) {
  if (!options.url.empty() && options.url != "sqlite:") {
    return fail(Errc::invalid,
                "store: \"sqlite:\" takes nothing behind it; the data folder says where the files "
                "are");
  }
  return make_folder(options.data_folder);
}

}  // namespace

Result<Store> open_sqlite_store(const StoreOptions& options) {
  auto prepared = prepare(options);
  if (!prepared) return fail(std::move(prepared).error());
  auto registry = SqliteRegistry::open(options.data_folder);
  if (!registry) return fail(std::move(registry).error());
  auto samples = make_sqlite_samples(options);
  if (!samples) return fail(std::move(samples).error());
  return Store{std::move(*registry), std::move(*samples)};
}

Result<Store> read_sqlite_store(const StoreOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(options.data_folder / "samples.db", error)) {
    return fail(Errc::not_found,
                options.data_folder.string() +
                    ": there is no store in this folder; --data names another one");
  }
  auto registry = SqliteRegistry::open(options.data_folder);
  if (!registry) return fail(std::move(registry).error());
  auto samples = read_sqlite_samples(options);
  if (!samples) return fail(std::move(samples).error());
  return Store{std::move(*registry), std::move(*samples)};
}

Result<std::unique_ptr<Registry>> open_sqlite_registry(const StoreOptions& options) {
  auto prepared = prepare(options);
  if (!prepared) return fail(std::move(prepared).error());
  return SqliteRegistry::open(options.data_folder);
}

}  // namespace wakeful::store::detail
