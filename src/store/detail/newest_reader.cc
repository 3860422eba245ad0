#include "store/detail/newest_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "store/quantum.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The entities of a kind in a row, in its order, each with its values.
std::vector<std::pair<std::uint32_t, std::vector<double>>> entities_of(
    const Row& row, EntityKind kind, std::span<const model::Metric> metrics) {
  std::vector<std::pair<std::uint32_t, std::vector<double>>> entities;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const auto slot = (*row.shape)[i];
    if (slot_kind(slot) != kind) continue;
    if (entities.empty() || entities.back().first != slot_number(slot))
      entities.emplace_back(slot_number(slot), std::vector<double>(metrics.size(), kNone));
    if (row.values[i] == kMissing) continue;
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      if (static_cast<std::uint16_t>(metrics[m]) == slot_metric(slot))
        entities.back().second[m] = from_steps(metrics[m], row.values[i]);
    }
  }
  return entities;
}

/// The name of an entity as SeriesKey has it. shape  nullopt: a container that was forgotten
std::optional<std::string> name_of(EntityKind kind, std::uint32_t number,
                                   const std::map<std::uint32_t, std::string>& names) {
  if (kind == EntityKind::host) return std::string();
  if (kind == EntityKind::core) return std::to_string(number);
  const auto found = names.find(number);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

struct Candidate {
  model::ServerId server{};
  std::uint32_t number = 0;
  std::int64_t time_ms = 0;
  double value = 0;
};

void add_newest(const Row& row, model::ServerId server, const TopQuery& query,
                std::vector<Candidate>& candidates) {
  const auto kind = model::metric_info(query.metric).entity;
  for (const auto& [number, values] : entities_of(row, kind, {&query.metric, 1})) {
    if (values[0] == values[0])  // not NaN
      candidates.push_back({server, number, row.time_ms, values[0]});
  }
}

/// The last value of each entity up to a time.
Result<void> add_at(RawReader& raw, model::ServerId server, const TopQuery& query,
                    std::int64_t at_ms, std::vector<Candidate>& candidates) {
  RawQuery wanted;
  wanted.server = server;
  wanted.kind = model::metric_info(query.metric).entity;
  wanted.from_ms = std::max(kFirstTimeMs, at_ms - query.patience.count());
  wanted.before_ms = at_ms + 1;
  std::map<std::uint64_t, Candidate> last;
  auto done = raw.visit(wanted, [&](const Segment& segment) {
    for (const auto& column : segment.columns) {
      if (column.metric != static_cast<std::uint16_t>(query.metric)) continue;
      for (std::size_t i = column.values.size(); i-- > 0;) {
        if (column.values[i] == kMissing) continue;
        last[column.entity] = {server, static_cast<std::uint32_t>(column.entity),
                               segment.times_ms[i], from_steps(query.metric, column.values[i])};
        break;
      }
    }
  });
  for (const auto& [number, candidate] : last) candidates.push_back(candidate);
  return done;
}

}  // namespace

Result<std::vector<NewestValues>> read_newest(const Recent& recent, EntityKind kind,
                                              std::span<const model::Metric> metrics,
                                              std::span<const model::ServerId> servers,
                                              const ContainerNames& names) {
  std::vector<model::ServerId> all;
  if (servers.empty()) {
    all = recent.servers();
    servers = all;
  }
  std::vector<NewestValues> newest;
  for (const auto server : servers) {
    const auto row = recent.newest(server);
    if (!row) continue;
    auto entities = entities_of(*row, kind, metrics);
    if (entities.empty()) continue;
    std::map<std::uint32_t, std::string> known;
    if (kind == EntityKind::container) {
      auto read = names(server);
      if (!read) return fail(std::move(read).error());
      known = std::move(*read);
    }
    for (auto& [number, values] : entities) {
      auto name = name_of(kind, number, known);
      if (!name) continue;
      newest.push_back({server, std::move(*name), from_unix_ms(row->time_ms), std::move(values)});
    }
  }
  return newest;
}

Result<std::vector<TopEntry>> read_top(const Recent& recent, RawReader& raw, const TopQuery& query,
                                       const ContainerNames& names) {
  std::vector<Candidate> candidates;
  for (const auto server : recent.servers()) {
    if (!query.at) {
      const auto row = recent.newest(server);
      if (row) add_newest(*row, server, query, candidates);
      continue;
    }
    const auto at_ms = std::clamp(to_unix_ms(*query.at), kFirstTimeMs, kEndTimeMs - 1);
    auto done = add_at(raw, server, query, at_ms, candidates);
    if (!done) return fail(std::move(done).error());
  }
  // One more than asked for would be enough, but names may be gone.
  std::ranges::stable_sort(candidates, std::greater(), &Candidate::value);
  const auto kind = model::metric_info(query.metric).entity;
  std::vector<TopEntry> top;
  for (const auto& candidate : candidates) {
    if (top.size() >= query.limit) break;
    std::map<std::uint32_t, std::string> known;
    if (kind == EntityKind::container) {
      auto read = names(candidate.server);
      if (!read) return fail(std::move(read).error());
      known = std::move(*read);
    }
    auto name = name_of(kind, candidate.number, known);
    if (!name) continue;
    top.push_back(
        {candidate.server, std::move(*name), from_unix_ms(candidate.time_ms), candidate.value});
  }
  return top;
}

model::Report join_report(const Row& row, model::Report facts,
                          const std::map<std::uint32_t, std::string>& names) {
  auto report = std::move(facts);
  const auto wrapped = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  };
  if (row.clock_offset_ms) report.time = from_unix_ms(wrapped(row.time_ms, *row.clock_offset_ms));
  report.time_text = row.time_text;
  report.greeting = row.greeting;
  if (report.origin == model::Origin::native)
    report.sequence = static_cast<std::uint64_t>(row.key.sequence);
  std::map<std::string, std::vector<model::MetricValue>, std::less<>> of_container;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const auto slot = (*row.shape)[i];
    const auto metric = model::find_metric_number(slot_metric(slot));
    if (!metric) continue;
    const double value = row.values[i] == kMissing ? kNone : from_steps(*metric, row.values[i]);
    if (slot_kind(slot) == EntityKind::host) {
      report.metrics.push_back({*metric, value});
    } else if (slot_kind(slot) == EntityKind::core) {
      report.core_cpu_ratio.push_back(value);
    } else if (const auto name = names.find(slot_number(slot)); name != names.end()) {
      of_container[name->second].push_back({*metric, value});
    }
  }
  if (!report.containers) return report;
  for (auto& container : *report.containers) {
    const auto found = of_container.find(container.name);
    if (found == of_container.end()) continue;
    container.metrics = std::move(found->second);
    of_container.erase(found);
  }
  return report;
}

}  // namespace wakeful::store::detail
