// parse_monitor_info and everything that is made of its result; clock_plausible with any text.
#include "fuzz/fuzz.h"
#include "wire/monitor_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  const auto received = from_unix_ms(1'725'000'000'000);
  static_cast<void>(wire::clock_plausible(text, received));
  auto info = wire::parse_monitor_info(text, {});
  if (!info) {
    check_message(info.error().message);
    WAKEFUL_CHECK(is_utf8(wire::monitor_info_failure(info.error().message)));
    return 0;
  }
  static_cast<void>(wire::clock_plausible(info->report.time_text, received));
  const auto containers = info->report.containers ? info->report.containers->size() : 0;
  WAKEFUL_CHECK(info->container_cpu_as_sent.size() == containers);
  auto meaning = wire::ContainerCpu::fraction;
  for (const auto so_far : {wire::ContainerCpu::fraction, wire::ContainerCpu::percent_of_host,
                            wire::ContainerCpu::percent_of_core}) {
    meaning = wire::read_container_cpu(*info, so_far);
    WAKEFUL_CHECK(meaning >= so_far);
    wire::set_container_cpu(*info, meaning);
    for (std::size_t i = 0; i < containers; ++i) {
      for (const auto& value : (*info->report.containers)[i].metrics) {
        const auto& row = model::metric_info(value.metric);
        WAKEFUL_CHECK(value.value >= row.minimum && value.value <= row.maximum);
      }
    }
  }
  return 0;
}
