#include "cli/export_rows.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/strings.h"
#include "store/samples.h"

namespace wakeful::cli {
namespace {

using model::EntityKind;
using Day = std::chrono::sys_days;

constexpr std::array kKinds = {EntityKind::host, EntityKind::container, EntityKind::core};
constexpr std::size_t kRowsAtOnce = 100'000;  // as many as read() gives
constexpr std::size_t kTextAtOnce = 256 << 10;
/// Progress is told in steps of a server.
constexpr std::uint64_t kStepsOfServer = 1'000;

struct Entity {
  EntityKind kind = EntityKind::host;
  std::string name;
  std::string shown;   ///< as the API writes it
  std::set<Day> days;  ///< with samples
};

std::string show_entity(EntityKind kind, const std::string& name) {
  std::string shown(model::entity_kind_name(kind));
  return kind == EntityKind::host ? shown : shown + ":" + name;
}

Result<std::vector<model::Server>> chosen_servers(store::Registry& registry,
                                                  const std::vector<std::string>& names) {
  auto all = registry.servers();
  if (!all) return fail(all.error());
  std::ranges::sort(*all, {}, &model::Server::name);
  if (names.empty()) return std::move(*all);
  std::vector<std::string_view> known;
  for (const auto& server : *all) known.push_back(server.name);
  for (const auto& name : names) {
    if (std::ranges::binary_search(known, std::string_view(name))) continue;
    const auto meant = nearest(name, known);
    return fail(Errc::not_found,
                "--server: there is no server \"" + shorten(name, 100) + "\"" +
                    (meant.empty() ? "; wakeful list shows them"
                                   : "; did you mean \"" + std::string(meant) + "\"?"));
  }
  std::erase_if(*all, [&](const auto& server) {
    return std::ranges::find(names, server.name) == names.end();
  });
  return std::move(*all);
}

class Export {
 public:
  Export(store::Samples& samples, const ExportSelection& selection, const ExportSink& sink)
      : samples_(samples), selection_(selection), sink_(sink) {
    for (const auto& info : model::metric_catalogue()) {
      const auto& wanted = selection.metrics;
      if (wanted.empty() || std::ranges::find(wanted, info.metric) != wanted.end()) {
        metrics(info.entity).push_back(info.metric);
      }
    }
  }

  Result<std::uint64_t> run(const std::vector<model::Server>& servers) {
    text_ = export_heading(selection_.format);
    total_ = servers.size() * kStepsOfServer;
    for (std::size_t i = 0; i < servers.size() && reading_; ++i) {
      done_ = i * kStepsOfServer;
      auto written = write_server(servers[i]);
      if (!written) return fail(std::move(written).error());
    }
    auto last = hand_over();
    if (!last) return fail(std::move(last).error());
    return lines_;
  }

 private:
  std::vector<model::Metric>& metrics(EntityKind kind) {
    return metrics_[static_cast<std::size_t>(kind) - 1];
  }

  store::SampleQuery query_of(const model::Server& server, const Entity& entity) {
    store::SampleQuery query;
    query.server = server.id;
    query.entity = entity.kind;
    query.entity_name = entity.name;
    query.metrics = metrics(entity.kind);
    return query;
  }

  Result<std::vector<Entity>> entities_of(const model::Server& server) {
    std::vector<Entity> entities;
    if (!metrics(EntityKind::host).empty())
      entities.push_back({EntityKind::host, "", show_entity(EntityKind::host, ""), {}});
    const auto kept = samples_.entities(server.id);
    if (!kept) return fail(kept.error());
    for (const auto& one : *kept) {
      if (!metrics(one.kind).empty())
        entities.push_back({one.kind, one.name, show_entity(one.kind, one.name), {}});
    }
    return entities;
  }

  /// From the newest back, so that a year of silence costs one question.
  Result<void> find_days(const model::Server& server, Entity& entity) {
    auto query = query_of(server, entity);
    query.from = selection_.since;
    query.before = selection_.until;
    query.limit = 1;
    for (;;) {
      const auto newest = samples_.read(query);
      if (!newest) return fail(newest.error());
      if (newest->times.empty()) return {};
      const auto day = std::chrono::floor<std::chrono::days>(newest->times.front());
      entity.days.insert(day);
      query.before = WallTime(day);
      if (query.from && *query.from >= *query.before) return {};
    }
  }

  Result<void> write_server(const model::Server& server) {
    sink_.progress(done_, total_, lines_, server.name);
    auto entities = entities_of(server);
    if (!entities) return fail(std::move(entities).error());
    std::set<Day> days;
    std::uint64_t pieces = 0;
    for (auto& entity : *entities) {
      auto found = find_days(server, entity);
      if (!found) return found;
      days.insert(entity.days.begin(), entity.days.end());
      pieces += entity.days.size();
    }
    std::uint64_t piece = 0;
    for (const auto day : days) {
      for (const auto& entity : *entities) {
        if (!entity.days.contains(day)) continue;
        auto written = write_day(server, entity, day);
        if (!written || !reading_) return written;
        sink_.progress(done_ + ++piece * kStepsOfServer / pieces, total_, lines_, server.name);
      }
    }
    return {};
  }

  Result<void> write_day(const model::Server& server, const Entity& entity, Day day) {
    WallTime from(day);
    WallTime before(day + std::chrono::days(1));
    if (selection_.since) from = std::max(from, *selection_.since);
    if (selection_.until) before = std::min(before, *selection_.until);
    return write_range(server, entity, from, before);
  }

  /// read() gives the newest so many; a range with more of them is halved.
  Result<void> write_range(const model::Server& server, const Entity& entity, WallTime from,
                           WallTime before) {
    auto query = query_of(server, entity);
    query.from = from;
    query.before = before;
    query.limit = kRowsAtOnce;
    const auto columns = samples_.read(query);
    if (!columns) return fail(columns.error());
    // One sample a millisecond: a range of one cannot have more.
    if (columns->more && before - from > Milliseconds(1)) {
      const auto middle = from + (before - from) / 2;
      auto first = write_range(server, entity, from, middle);
      if (!first || !reading_) return first;
      return write_range(server, entity, middle, before);
    }
    return write_columns(server, entity, query.metrics, *columns);
  }

  Result<void> write_columns(const model::Server& server, const Entity& entity,
                             std::span<const model::Metric> metrics,
                             const store::Columns& columns) {
    std::vector<double> values(metrics.size());
    for (std::size_t row = 0; row < columns.times.size(); ++row) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = columns.values[i][row];
      lines_ += append_row(selection_.format,
                           {columns.times[row], server.name, entity.shown, metrics, values}, text_);
      if (text_.size() < kTextAtOnce) continue;
      auto taken = hand_over();
      if (!taken || !reading_) return taken;
    }
    return {};
  }

  Result<void> hand_over() {
    if (!reading_ || text_.empty()) return {};
    const auto taken = sink_.write(text_);
    if (!taken) return fail(taken.error());
    reading_ = *taken;
    text_.clear();
    return {};
  }

  store::Samples& samples_;
  const ExportSelection& selection_;
  const ExportSink& sink_;
  std::array<std::vector<model::Metric>, kKinds.size()> metrics_;
  std::string text_;
  bool reading_ = true;
  std::uint64_t lines_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<std::uint64_t> export_samples(store::Store& store, const ExportSelection& selection,
                                     const ExportSink& sink) {
  const auto servers = chosen_servers(*store.registry, selection.servers);
  if (!servers) return fail(servers.error());
  return Export(*store.samples, selection, sink).run(*servers);
}

}  // namespace wakeful::cli
