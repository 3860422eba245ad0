// The blobs of the embedded store's journal, as a damaged file may hold them.
#include "fuzz/fuzz.h"
#include "store/detail/sequence_set.h"
#include "store/journal_codec.h"

namespace {

using namespace wakeful;

/// What was decoded, as a report to encode again.
std::string encode_again(const store::Figures& figures) {
  store::AcceptedReport accepted;
  accepted.received = store::later_by(accepted.time, figures.delay);
  if (figures.agent_clock_offset) {
    accepted.report.time = store::later_by(accepted.time, *figures.agent_clock_offset);
  }
  accepted.report.time_text = figures.time_text;
  accepted.report.greeting = figures.greeting;
  accepted.report.metrics = figures.host;
  accepted.report.core_cpu_ratio = figures.core_cpu_ratio;
  auto& containers = accepted.report.containers.emplace();
  std::vector<std::uint32_t> numbers;
  for (const auto& container : figures.containers) {
    containers.emplace_back().metrics = container.metrics;
    numbers.push_back(container.number);
  }
  std::string bytes;
  store::encode_figures(accepted, numbers, bytes);
  return bytes;
}

void try_figures(std::string_view bytes) {
  const model::Metric metrics[] = {model::Metric::host_cpu_ratio, model::Metric::core_cpu_ratio,
                                   model::Metric::container_cpu_ratio};
  double values[3] = {};
  const auto figures = store::decode_figures(bytes);
  for (const auto kind :
       {model::EntityKind::host, model::EntityKind::core, model::EntityKind::container}) {
    for (const std::uint32_t number : {0U, 1U, 300U}) {
      const auto measured = store::read_entity(bytes, kind, number, metrics, values);
      // What is whole is readable in parts.
      WAKEFUL_CHECK(measured.has_value() || !figures.has_value());
    }
  }
  if (!figures) {
    check_message(figures.error().message);
    return;
  }
  const auto once = encode_again(*figures);
  const auto again = store::decode_figures(once);
  WAKEFUL_CHECK(again.has_value());
  WAKEFUL_CHECK(encode_again(*again) == once);
}

void try_facts(std::string_view bytes) {
  const auto report = store::decode_facts(bytes);
  if (!report) {
    check_message(report.error().message);
    return;
  }
  std::string once;
  store::encode_facts(*report, once);
  const auto again = store::decode_facts(once);
  WAKEFUL_CHECK(again.has_value());
  std::string twice;
  store::encode_facts(*again, twice);
  WAKEFUL_CHECK(once == twice);
}

void try_sequences(std::string_view bytes) {
  auto set = store::detail::SequenceSet::decode(bytes);
  if (!set) return;
  for (const std::int64_t sequence : {0, 1, -1, 1000}) {
    static_cast<void>(set->find(sequence));
    set->add(sequence);
    WAKEFUL_CHECK(set->find(sequence) != store::detail::SequenceSet::Answer::absent);
  }
  std::string once;
  set->encode(once);
  WAKEFUL_CHECK(store::detail::SequenceSet::decode(once).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = text_of(data + 1, size - 1);
  if (data[0] % 3 == 0) try_figures(bytes);
  if (data[0] % 3 == 1) try_facts(bytes);
  if (data[0] % 3 == 2) try_sequences(bytes);
  return 0;
}
