// store/samples.h: the history. Reports go in, columns come out.
//
// One of two store interfaces (the other is registry.h); every backend implements both and passes
// tests/contract. append() is called by one writer thread; everything else from any thread, at the
// same time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "model/server.h"

namespace wakeful::store {

/// Says which report this is, so that one sent twice is stored once. Unique per server.
struct ReportKey {
  std::uint64_t source = 0;  ///< hash of boot id and agent run; 0 for protocols without
  std::int64_t sequence =
      0;  ///< native: the report's; collector: its own second; monitor_info: receive time in ms
  bool operator==(const ReportKey&) const = default;
};

/// A report that was decoded, checked and belongs to a known server.
struct AcceptedReport {
  model::ServerId server{};
  ReportKey key;
  WallTime time;  ///< of the samples: the agent's, corrected; or the receive time
  WallTime received;
  model::Report report;
};

/// unknown_server: its history was removed meanwhile; nothing of the report is kept.
enum class Appended : std::uint8_t { stored, repeated, unknown_server };

/// Newest-first selection of one entity's samples.
struct SampleQuery {
  model::ServerId server{};
  model::EntityKind entity = model::EntityKind::host;
  std::string entity_name;  ///< container name; core index as text; empty for the host
  std::vector<model::Metric> metrics;
  std::optional<WallTime> from;    ///< inclusive
  std::optional<WallTime> before;  ///< exclusive
  std::size_t limit = 30;          ///< the newest so many that match; at most 100,000
};

/// Aligned columns, oldest first. One row per report in which the entity was measured: a host with
/// no value at all, or a container that was not there or did not run, has no row.
struct Columns {
  std::vector<WallTime> times;
  /// One per metric asked for, in that order, each as long as times. NaN where there is no value.
  std::vector<std::vector<double>> values;
  bool more = false;  ///< older samples match too, beyond the limit
};

class Samples {
 public:
  virtual ~Samples() = default;

  /// Store all reports in one transaction; on return they survive a power cut. All or nothing.
  /// shape   one answer per report, same order
  /// errors  io, unavailable: nothing of the batch is stored, and the same batch may be tried again
  virtual Result<std::vector<Appended>> append(std::span<const AcceptedReport> reports) = 0;

  /// errors  invalid: a core's name that is no number; io
  virtual Result<Columns> read(const SampleQuery& query) = 0;

  /// The report with the newest time of every server, facts and figures: after a restart the live
  /// state is built from it.
  virtual Result<std::vector<AcceptedReport>> last_reports() = 0;

  /// Forget everything of a server; reports that still come for it are answered unknown_server.
  /// blocks  in short steps, so that append() goes on meanwhile
  virtual Result<void> remove_server(model::ServerId server) = 0;

  /// Forget samples older than this, except the newest report of each server: what a machine that
  /// is off said last stays known, however long ago.
  /// blocks  in short steps, so that append() goes on meanwhile
  virtual Result<void> remove_before(WallTime time) = 0;

  /// Whether a write would succeed now; the error says why not. For /health.
  virtual Result<void> check_writable() = 0;
};

}  // namespace wakeful::store
