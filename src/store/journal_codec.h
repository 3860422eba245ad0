// store/journal_codec.h: the blobs of the journal: a report's figures, and its facts.
//
// Pure functions on bytes. Decoding accepts any bytes and never allocates more than a small
// multiple of them. The formats, byte by byte: docs/formats/embedded-store.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "store/samples.h"

namespace wakeful::store {

/// A value in steps of its metric's quantum, or nullopt where it cannot be kept (not finite, or
/// beyond 2^50 steps).
std::optional<std::int64_t> to_steps(model::Metric metric, double value);
/// The value of so many steps: the double nearest to it, so to_steps gives the steps back.
double from_steps(model::Metric metric, std::int64_t steps);

/// Container figures by the number the store gave the container.
struct ContainerFigures {
  std::uint32_t number = 0;
  std::vector<model::MetricValue> metrics;
};

/// All that is a number in a report, and what else changes with each.
struct Figures {
  Milliseconds delay{0};                           ///< received minus time
  std::optional<Milliseconds> agent_clock_offset;  ///< the agent's own time minus time
  std::string time_text;
  bool greeting = false;
  std::vector<model::MetricValue> host;      ///< by metric number
  std::vector<double> core_cpu_ratio;        ///< NaN for an offline one
  std::vector<ContainerFigures> containers;  ///< by number, only those with figures
};

/// time + by, as delay and agent_clock_offset are meant: wrapping around where the sum is no time.
WallTime later_by(WallTime time, Milliseconds by);

/// Append the figures of a report to out.
/// container_numbers  one per container of the report, in its order
void encode_figures(const AcceptedReport& accepted,
                    std::span<const std::uint32_t> container_numbers, std::string& out);

/// errors  io: the bytes are damaged, or of a newer format; says which
Result<Figures> decode_figures(std::string_view bytes);

/// Read some metrics of one entity, skipping the rest.
/// number   of the container or the core; 0 for the host
/// values   as long as metrics; NaN where there is no value
/// shape    whether the entity was measured in this report at all
/// errors   as decode_figures
Result<bool> read_entity(std::string_view bytes, model::EntityKind kind, std::uint32_t number,
                         std::span<const model::Metric> metrics, std::span<double> values);

/// Append everything of a report that encode_figures leaves out to out.
void encode_facts(const model::Report& report, std::string& out);
/// A report with its facts and without figures.
/// errors  as decode_figures
Result<model::Report> decode_facts(std::string_view bytes);

}  // namespace wakeful::store
