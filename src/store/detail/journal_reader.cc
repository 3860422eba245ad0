#include "store/detail/journal_reader.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/log.h"
#include "base/strings.h"
#include "store/detail/journal_memory.h"
#include "store/journal_codec.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;

constexpr std::int64_t kBeginningOfTime = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxLimit = 100'000;
// Rows that one statement looks at, so that no read keeps the WAL from starting anew for long.
constexpr std::int64_t kRowsAtOnce = 4096;

/// Which rows of a server, and whose values in them.
struct Target {
  std::uint32_t number = 0;
  std::int64_t from_ms = kBeginningOfTime;
  std::int64_t before_ms = kEndOfTime;
};

/// shape  nullopt: the store has no such entity
Result<std::optional<Target>> find_target(Database& database, const SampleQuery& query) {
  Target target;
  if (query.from) target.from_ms = to_unix_ms(*query.from);
  if (query.before) target.before_ms = to_unix_ms(*query.before);
  if (query.entity == EntityKind::host) return target;
  if (query.entity == EntityKind::core) {
    const auto index = parse_integer<std::uint32_t>(query.entity_name);
    if (!index) {
      return fail(Errc::invalid, "entity: expected core:INDEX with a whole number, got \"" +
                                     shorten(query.entity_name, 40) + "\"");
    }
    target.number = *index;
    return target;
  }
  auto row = database.query("find a container",
                            "SELECT number, first_ms, seen_ms FROM entity WHERE server = ? AND "
                            "kind = ? AND name = ?");
  row.integer(model::to_number(query.server))
      .integer(static_cast<std::int64_t>(query.entity))
      .text(query.entity_name);
  const auto found = row.next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  target.number = static_cast<std::uint32_t>(row.integer_at(0));
  target.from_ms = std::max(target.from_ms, row.integer_at(1));
  const auto last_ms = last_possible_ms(row.integer_at(2));
  if (last_ms != kEndOfTime) target.before_ms = std::min(target.before_ms, last_ms + 1);
  return target;
}

/// A damaged row costs that row; it is named in the log, the others are read.
void log_damage(const Database& database, model::ServerId server, std::int64_t time_ms,
                const Error& error) {
  log::error("store", "a stored report cannot be read and is left out",
             {{"file", database.path().string()},
              {"server", model::to_number(server)},
              {"time", format_utc(from_unix_ms(time_ms))},
              {"error", error}});
}

/// Walks back from the newest row and gathers what matches.
class BackwardScan {
 public:
  BackwardScan(Database& database, const SampleQuery& query, const Target& target)
      : database_(database),
        query_(query),
        target_(target),
        limit_(std::min(query.limit, kMaxLimit)),
        row_values_(query.metrics.size()),
        time_ms_(target.before_ms) {
    columns_.values.resize(query.metrics.size());
  }

  Result<Columns> run() {
    for (;;) {
      auto more = step();
      if (!more) return fail(std::move(more).error());
      if (!*more) break;
    }
    std::ranges::reverse(columns_.times);
    for (auto& column : columns_.values) std::ranges::reverse(column);
    return std::move(columns_);
  }

 private:
  /// One statement. shape  false: all is found, or there are no more rows
  Result<bool> step() {
    auto rows = database_.query(
        "read reports",
        "SELECT time_ms, source, sequence, figures FROM report WHERE server = ?1 AND time_ms >= ?2 "
        "AND (time_ms, source, sequence) < (?3, ?4, ?5) ORDER BY time_ms DESC, source DESC, "
        "sequence DESC LIMIT ?6");
    rows.integer(model::to_number(query_.server))
        .integer(target_.from_ms)
        .integer(time_ms_)
        .integer(source_)
        .integer(sequence_)
        .integer(kRowsAtOnce);
    for (std::int64_t count = 0;; ++count) {
      const auto more = rows.next();
      if (!more) return fail(more.error());
      if (!*more) return count == kRowsAtOnce;
      time_ms_ = rows.integer_at(0);
      source_ = rows.integer_at(1);
      sequence_ = rows.integer_at(2);
      if (!take(rows.bytes_at(3))) return false;
    }
  }

  /// shape  false: the limit is reached
  bool take(std::string_view figures) {
    const auto measured =
        read_entity(figures, query_.entity, target_.number, query_.metrics, row_values_);
    if (!measured) log_damage(database_, query_.server, time_ms_, measured.error());
    if (!measured || !*measured) return true;
    if (columns_.times.size() == limit_) {
      columns_.more = true;
      return false;
    }
    columns_.times.push_back(from_unix_ms(time_ms_));
    for (std::size_t i = 0; i < row_values_.size(); ++i) {
      columns_.values[i].push_back(row_values_[i]);
    }
    return true;
  }

  Database& database_;
  const SampleQuery& query_;
  Target target_;
  std::size_t limit_;
  std::vector<double> row_values_;
  std::int64_t time_ms_;
  std::int64_t source_ = kBeginningOfTime;
  std::int64_t sequence_ = kBeginningOfTime;
  Columns columns_;
};

/// Put container figures where their names are.
Result<void> join_containers(Database& database, model::ServerId server, Figures& figures,
                             model::Report& report) {
  if (!report.containers) return {};
  std::map<std::string, std::vector<model::MetricValue>, std::less<>> by_name;
  auto row = database.query("read a container's name",
                            "SELECT name FROM entity WHERE server = ? AND number = ?");
  for (auto& container : figures.containers) {
    row.integer(model::to_number(server)).integer(std::int64_t{container.number});
    const auto found = row.next();
    if (!found) return fail(found.error());
    if (*found) by_name.emplace(row.bytes_at(0), std::move(container.metrics));
    row.reset();
  }
  for (auto& container : *report.containers) {
    const auto found = by_name.find(container.name);
    if (found == by_name.end()) continue;
    container.metrics = std::move(found->second);
    by_name.erase(found);
  }
  return {};
}

/// Facts and figures as one report again.
/// shape  nullopt: the server has none, or damaged ones, which are logged
Result<std::optional<AcceptedReport>> read_last_report(Database& database, model::ServerId server) {
  auto row = database.query("read the last reports",
                            "SELECT time_ms, source, sequence, figures, facts FROM report JOIN "
                            "server ON server.id = report.server WHERE report.server = ? ORDER BY "
                            "time_ms DESC, source DESC, sequence DESC LIMIT 1");
  const auto found = row.integer(model::to_number(server)).next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  AcceptedReport accepted;
  accepted.server = server;
  accepted.time = from_unix_ms(row.integer_at(0));
  accepted.key.source = static_cast<std::uint64_t>(row.integer_at(1));
  accepted.key.sequence = row.integer_at(2);
  auto figures = decode_figures(row.bytes_at(3));
  auto report = decode_facts(row.bytes_at(4));
  if (!figures || !report) {
    const auto& error = !figures ? figures.error() : report.error();
    log_damage(database, server, row.integer_at(0), error);
    return std::nullopt;
  }
  auto joined = join_containers(database, server, *figures, *report);
  if (!joined) return fail(std::move(joined).error());
  accepted.received = later_by(accepted.time, figures->delay);
  if (figures->agent_clock_offset) {
    report->time = later_by(accepted.time, *figures->agent_clock_offset);
  }
  report->time_text = std::move(figures->time_text);
  report->greeting = figures->greeting;
  report->metrics = std::move(figures->host);
  report->core_cpu_ratio = std::move(figures->core_cpu_ratio);
  if (report->origin == model::Origin::native) {
    report->sequence = static_cast<std::uint64_t>(accepted.key.sequence);
  }
  accepted.report = std::move(*report);
  return accepted;
}

}  // namespace

Result<Columns> read_columns(Database& database, const SampleQuery& query) {
  auto target = find_target(database, query);
  if (!target) return fail(std::move(target).error());
  if (!*target) {
    Columns none;
    none.values.resize(query.metrics.size());
    return none;
  }
  return BackwardScan(database, query, **target).run();
}

Result<std::vector<AcceptedReport>> read_last_reports(Database& database) {
  std::vector<model::ServerId> servers;
  {
    auto rows = database.query("list servers", "SELECT id FROM server ORDER BY id");
    for (;;) {
      const auto more = rows.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      servers.push_back(model::ServerId{rows.integer_at(0)});
    }
  }
  std::vector<AcceptedReport> reports;
  reports.reserve(servers.size());
  for (const auto server : servers) {
    auto report = read_last_report(database, server);
    if (!report) return fail(std::move(report).error());
    if (*report) reports.push_back(std::move(**report));
  }
  return reports;
}

}  // namespace wakeful::store::detail
