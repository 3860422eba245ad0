#include "store/store.h"

#include <algorithm>

#include "base/strings.h"
#include "store/detail/backends.h"

namespace wakeful::store {
namespace {

struct Backend {
  std::string_view scheme;
  Result<Store> (*open)(const StoreOptions&);
  Result<Store> (*read)(const StoreOptions&);
  Result<std::unique_ptr<Registry>> (*open_registry)(const StoreOptions&);
};

constexpr Backend kBackends[] = {
#define WAKEFUL_STORE(scheme)                                               \
  {#scheme, &detail::open_##scheme##_store, &detail::read_##scheme##_store, \
   &detail::open_##scheme##_registry},
#include "store/stores.def"
#undef WAKEFUL_STORE
};

// Schemes that other builds of Wakeful may have.
constexpr std::string_view kPlanned[] = {"mysql", "mariadb"};

/// Never repeats the URL: behind the scheme it may hold a password.
Result<const Backend*> find_backend(const std::string& url) {
  if (url.empty()) return &kBackends[0];
  const auto scheme = url.substr(0, url.find(':'));
  const auto* found = std::ranges::find(kBackends, scheme, &Backend::scheme);
  if (found != std::end(kBackends) && scheme.size() < url.size()) return found;
  std::string known;
  for (const auto& backend : kBackends) {
    known += (known.empty() ? "\"" : ", \"") + std::string(backend.scheme) + ":\"";
  }
  if (std::ranges::find(kPlanned, scheme) != std::end(kPlanned)) {
    return fail(Errc::invalid, "store: \"" + scheme + ":\" is not built in; known: " + known);
  }
  return fail(Errc::invalid, "store: expected a URL that begins with " + known + ", got \"" +
                                 shorten(scheme, 20) + "\"");
}

}  // namespace

std::vector<std::string_view> store_schemes() {
  std::vector<std::string_view> schemes;
  for (const auto& backend : kBackends) schemes.push_back(backend.scheme);
  return schemes;
}

Result<Store> open_store(const StoreOptions& options) {
  const auto backend = find_backend(options.url);
  if (!backend) return fail(backend.error());
  return (*backend)->open(options);
}

Result<Store> open_store_for_reading(const StoreOptions& options) {
  const auto backend = find_backend(options.url);
  if (!backend) return fail(backend.error());
  return (*backend)->read(options);
}

Result<std::unique_ptr<Registry>> open_registry(const StoreOptions& options) {
  const auto backend = find_backend(options.url);
  if (!backend) return fail(backend.error());
  return (*backend)->open_registry(options);
}

}  // namespace wakeful::store
