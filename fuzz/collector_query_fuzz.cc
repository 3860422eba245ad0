// parse_collector and its parts: the query string of the old server manager's client.
#include "fuzz/fuzz.h"
#include "wire/collector.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  if (const auto decoded = wire::percent_decode(text)) {
    WAKEFUL_CHECK(decoded->size() <= text.size());
  } else {
    check_message(decoded.error().message);
  }
  const auto report = wire::parse_collector(text);
  if (!report) {
    check_message(report.error().message);
    return 0;
  }
  WAKEFUL_CHECK(!report->key.empty() && report->key.size() <= 255 && is_utf8(report->key));
  WAKEFUL_CHECK(!report->report.time_text.empty() && is_utf8(report->report.time_text));
  WAKEFUL_CHECK(report->report.greeting == report->report.metrics.empty());
  for (const auto& value : report->report.metrics) {
    const auto& row = model::metric_info(value.metric);
    WAKEFUL_CHECK(value.value >= row.minimum && value.value <= row.maximum);
  }
  return 0;
}
