// The engine's figures of one container.
#include "collect/docker_json.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto stats = collect::parse_stats(text_of(data, size));
  if (!stats) check_message(stats.error().message);
  return 0;
}
