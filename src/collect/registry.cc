#include "collect/collector.h"

namespace wakeful::collect {
namespace {

constexpr Entry kCollectors[] = {
#define WAKEFUL_COLLECTOR(name) {#name, &make_##name},
#include "collect/collectors.def"
#undef WAKEFUL_COLLECTOR
};

}  // namespace

std::span<const Entry> all_collectors() { return kCollectors; }

}  // namespace wakeful::collect
