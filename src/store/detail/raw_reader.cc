#include "store/detail/raw_reader.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "store/detail/block_builder.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kDamagesRemembered = 1'000;

bool is_wanted(const RawQuery& query, Slot slot) {
  if (slot_kind(slot) != query.kind) return false;
  if (query.columns.empty()) return true;
  const ColumnKey key{slot_number(slot), slot_metric(slot)};
  return std::ranges::find(query.columns, key) != query.columns.end();
}

/// Where a shape's wanted values go; -1: nowhere.
std::vector<std::ptrdiff_t> targets_of(const Shape& shape, const RawQuery& query,
                                       BlockBuilder& builder) {
  std::vector<std::ptrdiff_t> targets;
  targets.reserve(shape.size());
  for (const auto slot : shape) {
    const bool wanted = is_wanted(query, slot);
    targets.push_back(
        wanted ? static_cast<std::ptrdiff_t>(builder.column(slot_number(slot), slot_metric(slot)))
               : -1);
  }
  return targets;
}

bool has_kind(const Shape& shape, model::EntityKind kind) {
  if (kind == model::EntityKind::host) return true;
  return std::ranges::any_of(shape, [&](Slot slot) { return slot_kind(slot) == kind; });
}

}  // namespace

Segment cut(Segment segment, std::int64_t from_ms, std::int64_t before_ms) {
  auto& times = segment.times_ms;
  if (times.empty() || (times.front() >= from_ms && times.back() < before_ms)) return segment;
  const auto first = std::ranges::lower_bound(times, from_ms) - times.begin();
  const auto end = std::max(first, std::ranges::lower_bound(times, before_ms) - times.begin());
  const auto keep = [&](std::vector<std::int64_t>& values) {
    values.erase(values.begin() + end, values.end());
    values.erase(values.begin(), values.begin() + first);
  };
  for (auto& column : segment.columns) keep(column.values);
  keep(times);
  return segment;
}

std::vector<Segment> in_order(std::vector<Segment> segments) {
  std::erase_if(segments, [](const Segment& segment) { return segment.times_ms.empty(); });
  std::ranges::stable_sort(segments, {},
                           [](const Segment& segment) { return segment.times_ms.front(); });
  const auto overlap = [](const Segment& a, const Segment& b) {
    return a.times_ms.back() >= b.times_ms.front();
  };
  if (std::ranges::adjacent_find(segments, overlap) == segments.end()) return segments;
  BlockBuilder builder;
  for (const auto& segment : segments) builder.add_block(segment);
  std::vector<Segment> joined;
  joined.push_back(builder.take_whole());
  return joined;
}

Segment read_chunk(const Chunk& chunk, const RawQuery& query) {
  BlockBuilder builder;
  ByteReader reader(chunk.records);
  Row row;
  std::shared_ptr<const Shape> shape;
  std::vector<std::ptrdiff_t> targets;
  bool counts = false;
  while (!reader.at_end()) {
    if (!read_record(reader, row)) break;  // said when it is packed
    if (row.shape != shape) {
      shape = row.shape;
      targets = targets_of(*shape, query, builder);
      counts = has_kind(*shape, query.kind);
    }
    if (!counts || row.greeting || row.time_ms < query.from_ms || row.time_ms >= query.before_ms)
      continue;
    builder.begin_sample(row.time_ms);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] >= 0) builder.add(static_cast<std::size_t>(targets[i]), row.values[i]);
    }
  }
  return builder.take_whole();
}

void RawReader::note_damage(const Pack& pack, std::int64_t id, const std::string& block,
                            const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (damaged_.size() >= kDamagesRemembered || !damaged_.emplace(pack.path.string(), id).second)
      return;
  }
  log::error("store", "samples cannot be read and are left out",
             {{"file", pack.path.string()}, {"block", block}, {"error", error}});
}

/// Whether an error is the file's own, so that the others are to be read without it.
bool RawReader::is_damage(const Pack& pack, const Error& error) {
  // denied: a write to a closed pack failed half way, and only a writer can undo it.
  const bool own =
      error.code == Errc::io || error.code == Errc::internal || error.code == Errc::denied;
  if (!own) return false;
  note_damage(pack, -1, "any", error);
  return true;
}

Result<std::optional<Segment>> RawReader::read_one(Pack& pack, Database& database,
                                                   const BlockInfo& info, const RawQuery& query) {
  auto bytes = read_block(database, info.id);
  if (!bytes) return fail(std::move(bytes).error());
  if (!*bytes) return std::nullopt;
  return decode(pack, info, **bytes, query);
}

std::optional<Segment> RawReader::decode(const Pack& pack, const BlockInfo& info,
                                         std::string_view bytes, const RawQuery& query) {
  auto block = decode_block(bytes, query.columns);
  if (!block) {
    note_damage(pack, info.id, block_title(query.server, info.first_ms), block.error());
    return std::nullopt;
  }
  return cut(std::move(*block), query.from_ms, query.before_ms);
}

template <class T, class Read>
Result<T> RawReader::read_current(Pack& pack, T nothing, const Read& read) {
  Result<T> result = read(pack);
  std::shared_ptr<Pack> current;
  Pack* tried = &pack;
  while (!result) {
    auto now = packs_.get(pack.period);
    if (!now) return nothing;  // let go
    if (now.get() == tried) break;
    current = std::move(now);
    tried = current.get();
    result = read(*tried);
  }
  if (!result && is_damage(*tried, result.error())) return nothing;
  return result;
}

Result<std::vector<Segment>> RawReader::read_pack(Pack& pack, const RawQuery& query) {
  return read_current(pack, std::vector<Segment>(),
                      [&](Pack& current) { return try_read_pack(current, query); });
}

Result<std::vector<Segment>> RawReader::try_read_pack(Pack& pack, const RawQuery& query) {
  auto database = pack.pool.take();
  if (!database) return fail(std::move(database).error());
  auto infos = find_blocks(**database, query.server, query.kind, query.from_ms, query.before_ms);
  if (!infos) return fail(std::move(infos).error());
  std::vector<Segment> segments;
  for (const auto& info : *infos) {
    auto segment = read_one(pack, **database, info, query);
    if (!segment) return fail(std::move(segment).error());
    if (*segment) segments.push_back(std::move(**segment));
  }
  return segments;
}

Result<void> RawReader::visit(const RawQuery& query, const Visit& visit, const Choose& choose) {
  // Memory first: what is packed after this look is in both, what was packed before is in the pack.
  std::map<std::int64_t, std::vector<Segment>> recent;
  for (const auto& chunk : recent_.chunks(query.server, query.from_ms, query.before_ms)) {
    const auto segment = read_chunk(*chunk, query);
    if (segment.times_ms.empty()) continue;
    const auto last = segment.times_ms.back();
    for (auto day = segment.times_ms.front() / kDayMs * kDayMs; day <= last; day += kDayMs) {
      auto part = cut(segment, day, day + kDayMs);
      if (!part.times_ms.empty()) recent[day].push_back(std::move(part));
    }
  }
  const auto show = [&](std::vector<Segment> segments) {
    for (const auto& segment : in_order(std::move(segments))) visit(segment);
  };
  for (const auto& pack : packs_.find(Tier::raw, query.from_ms, query.before_ms)) {
    while (!recent.empty() && recent.begin()->first < pack->period.first_ms)
      show(std::move(recent.extract(recent.begin()).mapped()));
    std::vector<Segment> segments;
    if (!choose || choose(*pack)) {
      auto read = read_pack(*pack, query);
      if (!read) return fail(std::move(read).error());
      segments = std::move(*read);
    }
    if (!recent.empty() && recent.begin()->first == pack->period.first_ms) {
      auto newer = std::move(recent.extract(recent.begin()).mapped());
      std::ranges::move(newer, std::back_inserter(segments));
    }
    show(std::move(segments));
  }
  for (auto& [day, segments] : recent) show(std::move(segments));
  return {};
}

Result<void> RawReader::visit_back(const RawQuery& query, const Visit& visit, const Done& done) {
  auto chunks = recent_.chunks(query.server, query.from_ms, query.before_ms);
  std::ranges::sort(chunks, std::greater(), [](const auto& chunk) { return chunk->last_ms; });
  auto chunk = chunks.begin();
  // Shows the chunks that are newer than a time. False: done.
  const auto show_chunks = [&](std::int64_t newer_than_ms) {
    for (; chunk != chunks.end() && (*chunk)->last_ms >= newer_than_ms; ++chunk) {
      if (done((*chunk)->last_ms + 1)) return false;
      visit(read_chunk(**chunk, query));
    }
    return true;
  };
  // What is left is older than this: whether to go on there.
  const auto reach = [&](std::int64_t rest_before_ms) {
    return show_chunks(rest_before_ms - 1) && !done(rest_before_ms);
  };
  auto packs = packs_.find(Tier::raw, query.from_ms, query.before_ms);
  for (auto pack = packs.rbegin(); pack != packs.rend(); ++pack) {
    if (!reach((*pack)->period.end_ms)) return {};
    auto more = read_current(
        **pack, true, [&](Pack& current) { return visit_pack_back(current, query, visit, reach); });
    if (!more) return fail(std::move(more).error());
    if (!*more) return {};
  }
  show_chunks(query.from_ms);
  return {};
}

/// shape  false: that was enough
Result<bool> RawReader::visit_pack_back(Pack& pack, const RawQuery& query, const Visit& visit,
                                        const std::function<bool(std::int64_t)>& reach) {
  auto database = pack.pool.take();
  if (!database) return fail(std::move(database).error());
  auto infos = find_blocks(**database, query.server, query.kind, query.from_ms, query.before_ms);
  if (!infos) return fail(std::move(infos).error());
  std::ranges::sort(*infos, std::greater(), &BlockInfo::last_ms);
  for (const auto& info : *infos) {
    if (!reach(info.last_ms + 1)) return false;
    auto segment = read_one(pack, **database, info, query);
    if (!segment) return fail(std::move(segment).error());
    if (*segment) visit(**segment);
  }
  return true;
}

Result<bool> RawReader::has_time(model::ServerId server, std::int64_t time_ms) {
  // One column that no host has: only the times are looked at.
  const RawQuery query{
      server, model::EntityKind::host, {ColumnKey{~std::uint64_t{0}, 0}}, time_ms, time_ms + 1};
  bool found = false;
  auto done =
      visit(query, [&](const Segment& segment) { found = found || !segment.times_ms.empty(); });
  if (!done) return fail(std::move(done).error());
  return found;
}

}  // namespace wakeful::store::detail
