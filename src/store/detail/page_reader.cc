#include "store/detail/page_reader.h"

#include <algorithm>
#include <limits>
#include <map>

#include "store/quantum.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kMaxLimit = 100'000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Gathers the newest rows, and knows when older ones cannot matter any more.
class Page {
 public:
  Page(const SampleQuery& query, std::uint32_t number)
      : query_(query), number_(number), limit_(std::min(query.limit, kMaxLimit)) {}

  bool is_full(std::int64_t rest_before_ms) const {
    return rows_.size() > limit_ && rows_.begin()->first >= rest_before_ms;
  }

  void add(const Segment& segment) {
    std::vector<const BlockColumn*> wanted(query_.metrics.size(), nullptr);
    std::vector<const BlockColumn*> of_entity;
    for (const auto& column : segment.columns) {
      if (column.entity != number_) continue;
      of_entity.push_back(&column);
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (column.metric == static_cast<std::uint16_t>(query_.metrics[i])) wanted[i] = &column;
      }
    }
    if (of_entity.empty()) return;
    for (std::size_t i = segment.times_ms.size(); i-- > 0;) {
      if (is_full(segment.times_ms[i] + 1)) return;
      if (is_measured(of_entity, i)) add_row(segment.times_ms[i], wanted, i);
    }
  }

  Columns take() {
    Columns columns;
    columns.more = rows_.size() > limit_;
    if (columns.more) rows_.erase(rows_.begin());
    columns.values.resize(query_.metrics.size());
    for (const auto& [time, values] : rows_) {
      columns.times.push_back(from_unix_ms(time));
      for (std::size_t i = 0; i < values.size(); ++i) columns.values[i].push_back(values[i]);
    }
    return columns;
  }

 private:
  /// A core that is offline is there without a value; anything else is not there then.
  bool is_measured(const std::vector<const BlockColumn*>& of_entity, std::size_t row) const {
    if (query_.entity == model::EntityKind::core) return true;
    return std::ranges::any_of(of_entity,
                               [&](const auto* column) { return column->values[row] != kMissing; });
  }

  void add_row(std::int64_t time_ms, const std::vector<const BlockColumn*>& wanted,
               std::size_t row) {
    std::vector<double> values(wanted.size(), kNone);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == nullptr || wanted[i]->values[row] == kMissing) continue;
      values[i] = from_steps(query_.metrics[i], wanted[i]->values[row]);
    }
    rows_.emplace(time_ms, std::move(values));
    if (rows_.size() > limit_ + 1) rows_.erase(rows_.begin());
  }

  const SampleQuery& query_;
  const std::uint32_t number_;
  const std::size_t limit_;
  std::map<std::int64_t, std::vector<double>> rows_;  ///< the newest limit_ + 1
};

}  // namespace

Result<Columns> read_page(RawReader& reader, const SampleQuery& query, std::uint32_t number) {
  RawQuery raw;
  raw.server = query.server;
  raw.kind = query.entity;
  // All metrics of the entity: whether it was measured at all depends on each.
  for (const auto& info : model::metric_catalogue()) {
    if (info.entity == query.entity)
      raw.columns.push_back({number, static_cast<std::uint16_t>(info.metric)});
  }
  raw.from_ms = kFirstTimeMs;
  raw.before_ms = kEndTimeMs;
  if (query.from) raw.from_ms = std::max(raw.from_ms, to_unix_ms(*query.from));
  if (query.before) raw.before_ms = std::min(raw.before_ms, to_unix_ms(*query.before));
  Page page(query, number);
  if (raw.from_ms < raw.before_ms) {
    auto done = reader.visit_back(
        raw, [&](const Segment& segment) { page.add(segment); },
        [&](std::int64_t rest_before_ms) { return page.is_full(rest_before_ms); });
    if (!done) return fail(std::move(done).error());
  }
  return page.take();
}

}  // namespace wakeful::store::detail
