// cli/export_rows.h: the samples of a store as lines of text, one server after the other. Memory does
// not grow with the range: a piece of a day of one entity at a time.
//
// Used by `wakeful export`; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/metric.h"
#include "store/store.h"

namespace wakeful::cli {

enum class ExportFormat : std::uint8_t { csv, jsonl };

struct ExportSelection {
  std::vector<std::string> servers;    ///< names; none: all
  std::vector<model::Metric> metrics;  ///< none: all
  std::optional<WallTime> since;       ///< inclusive
  std::optional<WallTime> until;       ///< exclusive
  ExportFormat format = ExportFormat::csv;
};

/// The samples of one entity at one moment.
struct ExportRow {
  WallTime time;
  std::string_view server;
  std::string_view entity;  ///< "host", "container:web", "core:3"
  std::span<const model::Metric> metrics;
  std::span<const double> values;  ///< as long as metrics; NaN where there is none
};

/// The first line, or nothing.
std::string_view export_heading(ExportFormat format);
/// Append a row's lines. A value that is not there has none, and so a row without values.
/// Returns how many lines it were.
std::uint64_t append_row(ExportFormat format, const ExportRow& row, std::string& out);

struct ExportSink {
  /// Takes text. shape  false: nobody reads it any more; the export ends without an error
  std::function<Result<bool>(std::string_view)> write;
  /// Told now and then: work done of all, lines so far, the server at hand.
  std::function<void(std::uint64_t, std::uint64_t, std::uint64_t, std::string_view)> progress;
};

/// Write everything that is selected: by server, in it by day (UTC), in it by entity, in it by time.
/// Returns the number of lines.
/// errors  not_found: there is no such server; those of the store and of the sink
Result<std::uint64_t> export_samples(store::Store& store, const ExportSelection& selection,
                                     const ExportSink& sink);

}  // namespace wakeful::cli
