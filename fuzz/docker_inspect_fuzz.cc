// The engine's details of one container, merged into an entry of the list.
#include "collect/docker_json.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  collect::EngineContainer entry;
  entry.container.name = "web";
  entry.container.id = "3f2a";
  const auto before = entry.container;
  const auto merged = collect::merge_inspect(text_of(data, size), entry);
  if (!merged) {
    check_message(merged.error().message);
    WAKEFUL_CHECK(entry.container == before);
    return 0;
  }
  if (entry.pid) WAKEFUL_CHECK(*entry.pid > 0);
  if (entry.memory_limit_bytes) WAKEFUL_CHECK(*entry.memory_limit_bytes > 0);
  if (entry.cpu_limit_cores) WAKEFUL_CHECK(*entry.cpu_limit_cores > 0);
  return 0;
}
