// parse_reports, and that a report that was read can be written and read again without a change.
#include <cmath>

#include "fuzz/fuzz.h"
#include "wire/native.h"

namespace wakeful {
namespace {

bool same_cores(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return false;
    if (!std::isnan(a[i]) && a[i] != b[i]) return false;
  }
  return true;
}

void check_same(const model::Report& a, const model::Report& b) {
  WAKEFUL_CHECK(a.boot_id == b.boot_id);
  WAKEFUL_CHECK(a.sequence == b.sequence);
  WAKEFUL_CHECK(a.agent_run == b.agent_run);
  WAKEFUL_CHECK(a.time == b.time);
  WAKEFUL_CHECK(a.interval == b.interval);
  WAKEFUL_CHECK(a.facts == b.facts);
  WAKEFUL_CHECK(a.metrics == b.metrics);
  WAKEFUL_CHECK(same_cores(a.core_cpu_ratio, b.core_cpu_ratio));
  WAKEFUL_CHECK(a.users == b.users);
  WAKEFUL_CHECK(a.containers == b.containers);
  WAKEFUL_CHECK(a.problems == b.problems);
}

void check_within_catalogue(const std::vector<model::MetricValue>& values) {
  for (const auto& value : values) {
    const auto& info = model::metric_info(value.metric);
    WAKEFUL_CHECK(value.value >= info.minimum && value.value <= info.maximum);
  }
}

/// Any bytes at all may stand in a name on a host: the agent's JSON must stay readable.
void check_any_name_can_be_sent(std::string_view bytes) {
  model::Report report;
  report.boot_id = "b";
  report.agent_run = "r";
  report.time = from_unix_ms(1);
  report.facts.hostname = bytes;
  const auto again = wire::parse_reports(wire::encode_report(report), {});
  WAKEFUL_CHECK(again.has_value());
  if (bytes.size() <= 1024 && is_utf8(bytes)) {
    WAKEFUL_CHECK(again->front().facts.hostname == bytes);
  }
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  check_any_name_can_be_sent(text);
  const auto reports = wire::parse_reports(text, {});
  if (!reports) {
    check_message(reports.error().message);
    return 0;
  }
  WAKEFUL_CHECK(!reports->empty());
  for (const auto& report : *reports) {
    check_within_catalogue(report.metrics);
    if (!report.containers) continue;
    for (const auto& container : *report.containers) check_within_catalogue(container.metrics);
  }
  const auto again = wire::parse_reports(wire::encode_reports(*reports), {});
  WAKEFUL_CHECK(again.has_value());
  WAKEFUL_CHECK(again->size() == reports->size());
  for (std::size_t i = 0; i < reports->size(); ++i) check_same((*reports)[i], (*again)[i]);
  return 0;
}
