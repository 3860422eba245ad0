// The engine's list of containers.
#include "collect/docker_json.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto list = collect::parse_container_list(text_of(data, size));
  if (!list) {
    check_message(list.error().message);
    return 0;
  }
  WAKEFUL_CHECK(list->size() <= collect::kMaxContainers);
  for (const auto& one : *list) {
    WAKEFUL_CHECK(is_utf8(one.container.name));
    WAKEFUL_CHECK(one.container.metrics.empty());
  }
  return 0;
}
