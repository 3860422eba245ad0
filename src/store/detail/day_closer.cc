#include "store/detail/day_closer.h"

#include <algorithm>
#include <utility>

#include "store/detail/block_builder.h"
#include "store/detail/rollup.h"
#include "store/detail/rollup_pack.h"

namespace wakeful::store::detail {
namespace {

// Groups of one transaction on a tier's pack.
constexpr std::size_t kGroupsAtOnce = 256;

RawQuery whole_day(const Pack& pack, model::ServerId server, model::EntityKind kind) {
  RawQuery query;
  query.server = server;
  query.kind = kind;
  query.from_ms = pack.period.first_ms;
  query.before_ms = pack.period.end_ms;
  return query;
}

Block roll_up_kind(const std::vector<Block>& blocks, model::EntityKind kind, Tier tier) {
  Block made = roll_up(blocks, tier);
  if (kind == model::EntityKind::host) add_measured(blocks, tier, made);
  return made;
}

}  // namespace

Result<std::vector<DayCloser::Group>> DayCloser::groups_of(Database& pack) {
  std::vector<Group> groups;
  auto rows = pack.query("list servers' blocks",
                         "SELECT DISTINCT server, kind FROM block ORDER BY server, kind");
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return groups;
    groups.push_back(
        {model::ServerId{rows.integer_at(0)}, static_cast<model::EntityKind>(rows.integer_at(1))});
  }
}

/// Which batches are packed stays true of the new file.
Result<void> DayCloser::copy_state(Database& from, Database& to) {
  auto journal = from.integer("read whose batches are packed", "SELECT journal FROM pack");
  if (!journal) return fail(std::move(journal).error());
  auto done = to.query("write the pack's state", "UPDATE pack SET journal = ?, closed = 1")
                  .integer(*journal)
                  .run();
  auto rows = from.query("read what is packed", "SELECT server, batch FROM packed ORDER BY server");
  while (done) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    done = to.query("write what is packed", "INSERT INTO packed (server, batch) VALUES (?, ?)")
               .integer(rows.integer_at(0))
               .integer(rows.integer_at(1))
               .run();
  }
  return done;
}

/// Write a group's samples as few blocks. shape  its hours
Result<Block> DayCloser::copy_group(Pack& pack, Database& from, Database& to, const Group& group) {
  const auto query = whole_day(pack, group.server, group.kind);
  auto infos = find_blocks(from, group.server, group.kind, query.from_ms, query.before_ms);
  if (!infos) return fail(std::move(infos).error());
  std::vector<Segment> segments;
  Result<void> done;
  for (const auto& info : *infos) {
    auto bytes = read_block(from, info.id);
    if (!bytes) return fail(std::move(bytes).error());
    if (!*bytes) continue;
    auto segment = reader_.decode(pack, info, **bytes, query);
    if (segment) {
      segments.push_back(std::move(*segment));
      continue;
    }
    // Damaged: kept as it is, for whoever can read it one day.
    done = insert_block(to, {group.server, group.kind, info.first_ms, info.last_ms, info.samples,
                             std::move(**bytes)});
    if (!done) return fail(std::move(done).error());
  }
  BlockBuilder builder;
  for (const auto& segment : segments) builder.add_block(segment);
  std::vector<Block> whole;
  whole.push_back(builder.take_whole());
  for (const auto& block : split_up(whole.front())) {
    done =
        insert_block(to, {group.server, group.kind, block.times_ms.front(), block.times_ms.back(),
                          static_cast<std::int64_t>(block.times_ms.size()), encode_block(block)});
    if (!done) return fail(std::move(done).error());
  }
  return roll_up_kind(whole, group.kind, Tier::hours);
}

/// Fill the new file, and the pack of hours. shape  false: stopped, or the pack changed
Result<bool> DayCloser::write_closed(Pack& pack, Database& from, Database& to,
                                     std::uint64_t changes, std::stop_token stop) {
  auto groups = groups_of(from);
  if (!groups) return fail(std::move(groups).error());
  auto transaction = Transaction::begin(to);
  if (!transaction) return fail(std::move(transaction).error());
  std::vector<RolledUp> hours;
  for (std::size_t i = 0; i < groups->size(); ++i) {
    if (stop.stop_requested()) return false;
    auto made = copy_group(pack, from, to, (*groups)[i]);
    if (!made) return fail(std::move(made).error());
    hours.push_back({(*groups)[i], std::move(*made)});
    if (hours.size() < kGroupsAtOnce && i + 1 < groups->size()) continue;
    auto put = put_rolled_up(Tier::hours, pack.period, changes, hours);
    if (!put || !*put) return put;
    hours.clear();
  }
  auto done = copy_state(from, to);
  if (done) done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  return true;
}

Result<bool> DayCloser::close(Pack& pack, std::stop_token stop) {
  const auto changes = packs_.changes(pack.period);
  auto written = [&]() -> Result<bool> {
    auto from = pack.pool.take();
    if (!from) return fail(std::move(from).error());
    auto to = packs_.begin_replacement(pack.period);
    if (!to) return fail(std::move(to).error());
    return write_closed(pack, **from, **to, changes, stop);
  }();
  const auto writing = packs_.writing();
  if (written && *written && packs_.changes(pack.period) == changes) {
    auto replaced = packs_.replace(pack.period);
    if (replaced) return true;
    written = fail(std::move(replaced).error());
  }
  packs_.abandon_replacement(pack.period);
  if (!written) return written;
  return false;
}

Result<bool> DayCloser::make_minutes(Pack& pack, std::stop_token stop) {
  const auto changes = packs_.changes(pack.period);
  std::vector<Group> groups;
  {
    auto from = pack.pool.take();
    if (!from) return fail(std::move(from).error());
    auto listed = groups_of(**from);
    if (!listed) return fail(std::move(listed).error());
    groups = std::move(*listed);
  }
  std::vector<RolledUp> made;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (stop.stop_requested()) return false;
    auto segments = reader_.read_pack(pack, whole_day(pack, groups[i].server, groups[i].kind));
    if (!segments) return fail(std::move(segments).error());
    const auto blocks = in_order(std::move(*segments));
    made.push_back({groups[i], roll_up_kind(blocks, groups[i].kind, Tier::minutes)});
    if (made.size() < kGroupsAtOnce && i + 1 < groups.size()) continue;
    auto put = put_rolled_up(Tier::minutes, pack.period, changes, made);
    if (!put || !*put) return put;
    made.clear();
  }
  return true;
}

Result<bool> DayCloser::put_rolled_up(Tier tier, const Period& day, std::uint64_t changes,
                                      const std::vector<RolledUp>& made) {
  const auto writing = packs_.writing();
  // A server may have been removed meanwhile, from this tier too.
  if (packs_.changes(day) != changes) return false;
  auto pack = packs_.writer(tier, day.first_ms);
  if (!pack) return fail(std::move(pack).error());
  auto transaction = Transaction::begin(**pack);
  if (!transaction) return fail(std::move(transaction).error());
  for (const auto& [group, block] : made) {
    auto done = replace_day(**pack, group.server, group.kind, day, block);
    if (!done) return fail(std::move(done).error());
  }
  auto done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  packs_.tidy(**pack);
  return true;
}

}  // namespace wakeful::store::detail
