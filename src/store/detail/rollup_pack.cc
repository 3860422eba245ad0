#include "store/detail/rollup_pack.h"

#include <algorithm>
#include <utility>

#include "store/detail/block_builder.h"
#include "store/detail/raw_reader.h"

namespace wakeful::store::detail {
namespace {

// So many blocks are joined to one, as long as that does not get longer than a month of hours.
constexpr std::size_t kBlocksToJoin = 8;
constexpr std::int64_t kMostJoinedSamples = 31 * 24;

Result<void> insert(Database& pack, model::ServerId server, model::EntityKind kind, Block block) {
  for (const auto& part : split_up(std::move(block))) {
    auto done =
        insert_block(pack, {server, kind, part.times_ms.front(), part.times_ms.back(),
                            static_cast<std::int64_t>(part.times_ms.size()), encode_block(part)});
    if (!done) return done;
  }
  return {};
}

/// Take a day out of a block that may be longer.
Result<void> cut_out(Database& pack, model::ServerId server, model::EntityKind kind,
                     const Period& day, const BlockInfo& info) {
  auto bytes = read_block(pack, info.id);
  if (!bytes) return fail(std::move(bytes).error());
  auto done = remove_block(pack, info.id);
  const bool longer = info.first_ms < day.first_ms || info.last_ms >= day.end_ms;
  if (!done || !*bytes || !longer) return done;
  auto block = decode_block(**bytes);
  if (!block) return {};  // it was damaged; `wakeful check` names such blocks
  done = insert(pack, server, kind, cut(*block, kFirstTimeMs, day.first_ms));
  if (done) done = insert(pack, server, kind, cut(std::move(*block), day.end_ms, kEndTimeMs));
  return done;
}

Result<void> join_small(Database& pack, model::ServerId server, model::EntityKind kind) {
  auto infos = find_blocks(pack, server, kind, kFirstTimeMs, kEndTimeMs);
  if (!infos) return fail(std::move(infos).error());
  std::ranges::sort(*infos, {}, &BlockInfo::first_ms);
  std::erase_if(*infos,
                [](const BlockInfo& info) { return info.samples > kMostJoinedSamples / 2; });
  if (infos->size() < kBlocksToJoin) return {};
  BlockBuilder builder;
  for (const auto& info : *infos) {
    if (builder.samples() + static_cast<std::size_t>(info.samples) >
        static_cast<std::size_t>(kMostJoinedSamples))
      break;
    auto bytes = read_block(pack, info.id);
    if (!bytes) return fail(std::move(bytes).error());
    if (!*bytes) continue;
    const auto block = decode_block(**bytes);
    if (!block) continue;  // damaged: it stays by itself
    builder.add_block(*block);
    auto done = remove_block(pack, info.id);
    if (!done) return done;
  }
  return insert(pack, server, kind, builder.take_whole());
}

}  // namespace

Result<void> replace_day(Database& pack, model::ServerId server, model::EntityKind kind,
                         const Period& day, const Block& block) {
  auto infos = find_blocks(pack, server, kind, day.first_ms, day.end_ms);
  if (!infos) return fail(std::move(infos).error());
  for (const auto& info : *infos) {
    auto done = cut_out(pack, server, kind, day, info);
    if (!done) return done;
  }
  auto done = insert(pack, server, kind, block);
  if (!done) return done;
  return join_small(pack, server, kind);
}

}  // namespace wakeful::store::detail
