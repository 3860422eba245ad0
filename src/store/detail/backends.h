// store/detail/backends.h: the functions each backend of stores.def defines.
#pragma once

#include <memory>

#include "store/store.h"

namespace wakeful::store::detail {

#define WAKEFUL_STORE(scheme)                               \
  Result<Store> open_##scheme##_store(const StoreOptions&); \
  Result<Store> read_##scheme##_store(const StoreOptions&); \
  Result<std::unique_ptr<Registry>> open_##scheme##_registry(const StoreOptions&);
#include "store/stores.def"
#undef WAKEFUL_STORE

}  // namespace wakeful::store::detail
