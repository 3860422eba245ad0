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
#include <stop_token>
#include <string>
#include <string_view>
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

/// What became of a report. A store keeps one sample per server and millisecond: a report with the
/// time of another one is stored at the next free millisecond.
enum class Appended : std::uint8_t {
  stored,
  repeated,        ///< it was there before
  unknown_server,  ///< its server's history was removed meanwhile; nothing of it is kept
  out_of_range,    ///< a time that no clock shows (before 1970, after 2199), or from before raw
                   ///< samples are kept; nothing of it is kept
};

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

/// One line of a chart.
struct SeriesKey {
  model::ServerId server{};
  model::Metric metric{};   ///< its entity kind is the entity's
  std::string entity_name;  ///< container name; core index as text; empty for the host
  bool operator==(const SeriesKey&) const = default;
};

inline constexpr std::size_t kMaxSeries = 1'000;   ///< of one query
inline constexpr std::size_t kMaxPoints = 20'000;  ///< of one series

/// Several lines over one stretch of time, in steps. Steps lie on a grid that begins in 1970, so
/// that the same step of two queries is the same stretch of time. The first step is whole: it
/// begins at or before from.
struct SeriesQuery {
  std::vector<SeriesKey> series;  ///< at most kMaxSeries
  WallTime from;                  ///< inclusive; the first step is the one it lies in
  WallTime before;                ///< exclusive, after from
  Milliseconds step;              ///< over 0; the answer may have a longer one
};

/// The samples of each step, summed up. All four are as long as the grid; where count is 0 there
/// was none (a gap), and the others are NaN.
struct Points {
  std::vector<std::uint32_t> count;
  std::vector<double> minimum;
  std::vector<double> average;
  std::vector<double> maximum;
};

/// From what a query was answered. The older the samples, the coarser: see Retention.
enum class Tier : std::uint8_t { raw = 0, minutes = 1, hours = 2 };
std::string_view tier_name(Tier tier);

struct SeriesAnswer {
  WallTime start;              ///< of the first step
  Milliseconds step;           ///< as asked, or longer where only a coarser tier is left
  std::size_t size = 0;        ///< steps
  Tier tier = Tier::raw;       ///< the coarsest one used
  std::vector<Points> series;  ///< in the order asked; an unknown entity has gaps only
};

/// How much of each step a server was measured: 1 where reports came at their interval all along,
/// 0 where there were none, in between where some are missing. Same grid as SeriesAnswer.
struct Coverage {
  WallTime start;
  Milliseconds step;
  std::vector<double> measured_ratio;
};

/// The newest figures of one entity.
struct NewestValues {
  model::ServerId server{};
  std::string entity_name;  ///< as in SeriesKey
  WallTime time;
  std::vector<double> values;  ///< one per metric asked for, NaN where there is none
};

/// A thing of a server that samples may be kept of.
struct EntityInfo {
  model::EntityKind kind = model::EntityKind::host;
  std::string name;  ///< as in SeriesKey
  WallTime first;    ///< no sample is older
  WallTime last;     ///< no sample is newer
};

struct TopQuery {
  model::Metric metric{};
  std::optional<WallTime> at;  ///< the value each entity had then; nullopt: the newest
  Milliseconds patience{
      std::chrono::minutes(10)};  ///< a value older than this before at does not count
  std::size_t limit = 10;
};

struct TopEntry {
  model::ServerId server{};
  std::string entity_name;
  WallTime time;
  double value = 0;
};

/// How long what is kept. What is beyond goes in whole files: a day of raw samples, a month of
/// minutes, a year of hours, when its last moment is older. Roll-ups outlive what they were made of.
struct Retention {
  Milliseconds raw{std::chrono::hours(24 * 30)};
  Milliseconds minutes{std::chrono::hours(24 * 366)};
  Milliseconds hours{std::chrono::hours(24 * 3653)};
  std::uint64_t max_bytes = 0;  ///< of all samples on disk; the oldest go first. 0: no limit
};

/// What the samples take on disk, for the page and `wakeful status`.
struct StoreSize {
  std::uint64_t journal_bytes = 0;  ///< not yet packed
  std::uint64_t raw_bytes = 0;
  std::uint64_t minutes_bytes = 0;
  std::uint64_t hours_bytes = 0;
  std::uint64_t total() const { return journal_bytes + raw_bytes + minutes_bytes + hours_bytes; }
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

  /// Lines over time, each step with its count, minimum, average and maximum.
  /// errors  invalid: too many series or points, a step or a range that is none; io
  virtual Result<SeriesAnswer> series(const SeriesQuery& query) = 0;

  /// errors  as series()
  virtual Result<Coverage> coverage(model::ServerId server, WallTime from, WallTime before,
                                    Milliseconds step) = 0;

  /// The newest figures of every entity of a kind, of all servers or of the ones given, in the
  /// order of the servers. Metrics are of that kind.
  virtual Result<std::vector<NewestValues>> newest(model::EntityKind kind,
                                                   std::span<const model::Metric> metrics,
                                                   std::span<const model::ServerId> servers) = 0;

  /// The containers and cores of a server that samples are kept of, also of those that are gone;
  /// containers first, by name.
  virtual Result<std::vector<EntityInfo>> entities(model::ServerId server) = 0;

  /// The entities with the highest value of a metric, highest first.
  virtual Result<std::vector<TopEntry>> top(const TopQuery& query) = 0;

  /// The report with the newest time of every server, facts and figures: after a restart the live
  /// state is built from it.
  virtual Result<std::vector<AcceptedReport>> last_reports() = 0;

  /// Forget everything of a server; reports that still come for it are answered unknown_server.
  /// blocks  in short steps, so that append() goes on meanwhile
  virtual Result<void> remove_server(model::ServerId server) = 0;

  /// The regular work: pack what is old enough, close days that are over, make roll-ups, forget
  /// what is beyond the retention (except the newest report of each server: what a machine that is
  /// off said last stays known). What it leaves half done at a stop or an error the next call does.
  /// blocks  for up to minutes, but append() and reads go on meanwhile. Call from one thread.
  virtual Result<void> maintain(WallTime now, const Retention& retention, std::stop_token stop) = 0;

  virtual Result<StoreSize> size() = 0;

  /// Whether a write would succeed now; the error says why not. For /health.
  virtual Result<void> check_writable() = 0;
};

}  // namespace wakeful::store
