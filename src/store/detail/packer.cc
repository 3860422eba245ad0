#include "store/detail/packer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "store/detail/block_builder.h"

namespace wakeful::store::detail {
namespace {

// Servers whose chunks are packed in one transaction.
constexpr std::size_t kServersAtOnce = 64;
// Servers saved in one turn, and how often the journal is trimmed.
constexpr std::size_t kSavedAtOnce = 1'000;
constexpr std::size_t kTrimBytes = 1 << 20;
constexpr std::chrono::seconds kTrimPause{60};

/// The blocks of one server, by day.
class ServerBlocks {
 public:
  void add(const Chunk& chunk, model::ServerId server) {
    ByteReader reader(chunk.records);
    Row row;
    while (!reader.at_end()) {
      const auto read = read_record(reader, row);
      if (!read) {
        // The journal's checksum held and our own memory is broken; what was read is packed.
        log::error("store", "reports in memory cannot be read and are left out",
                   {{"server", model::to_number(server)}, {"error", read.error()}});
        return;
      }
      of_day(row.time_ms).add(row);
    }
  }

  template <class Visit>
  void visit(const Visit& visit) {
    for (auto& [day, blocks] : days_) visit(day, blocks);
  }

 private:
  RowBlocks& of_day(std::int64_t time_ms) {
    const auto day = time_ms - time_ms % kDayMs;
    if (!last_ || day != last_day_) {
      last_ = &days_[day];
      last_day_ = day;
    }
    return *last_;
  }

  std::map<std::int64_t, RowBlocks> days_;
  RowBlocks* last_ = nullptr;
  std::int64_t last_day_ = 0;
};

}  // namespace

Result<bool> Packer::pack_some() {
  const auto writing = packs_.writing();
  const auto taken = recent_.take_closed(kServersAtOnce);
  if (taken.empty()) return false;
  ByDay days;
  for (const auto& one : taken) add(one, days);
  for (const auto& [day, packed] : days) {
    auto written = write(day, packed);
    if (written) continue;
    for (const auto& one : taken) recent_.put_back(one);
    return fail(std::move(written).error());
  }
  for (const auto& one : taken) {
    for (const auto& chunk : one.chunks) packed_bytes_ += chunk->records.size();
    recent_.drop(one);
  }
  return true;
}

void Packer::add(const Recent::Taken& taken, ByDay& days) {
  if (taken.chunks.empty()) return;
  ServerBlocks blocks;
  for (const auto& chunk : taken.chunks) blocks.add(*chunk, taken.server);
  blocks.visit([&](std::int64_t day, RowBlocks& rows) {
    auto& packed = days[day];
    packed.up_to[model::to_number(taken.server)] = taken.chunks.back()->last_batch;
    for (const auto kind : kBlockKinds) {
      for (const auto& block : rows.of(kind).take()) {
        packed.blocks.push_back({taken.server, kind, block.times_ms.front(), block.times_ms.back(),
                                 static_cast<std::int64_t>(block.times_ms.size()),
                                 encode_block(block)});
      }
    }
  });
}

Result<void> Packer::write(std::int64_t day_ms, const Packed& packed) {
  auto opened = packs_.writer(Tier::raw, day_ms);
  if (!opened) return fail(std::move(opened).error());
  auto& pack = **opened;
  auto transaction = Transaction::begin(pack);
  if (!transaction) return fail(std::move(transaction).error());
  for (const auto& block : packed.blocks) {
    auto done = insert_block(pack, block);
    if (!done) return done;
  }
  for (const auto& [server, batch] : packed.up_to) {
    auto done = pack.query("note what is packed",
                           "INSERT INTO packed (server, batch) VALUES (?, ?) ON CONFLICT (server) "
                           "DO UPDATE SET batch = excluded.batch")
                    .integer(server)
                    .integer(batch)
                    .run();
    if (!done) return done;
  }
  // A pack that was closed is to be closed again.
  auto done = pack.query("note whose batches are packed", "UPDATE pack SET journal = ?, closed = 0")
                  .integer(writer_.identity())
                  .run();
  if (done) done = transaction->commit();
  if (!done) return done;
  packs_.note_change(Tier::raw, day_ms);
  packs_.tidy(pack);
  return {};
}

void Packer::close_chunks(std::int64_t time_before_ms) {
  const auto servers = recent_.with_open_chunk(0, time_before_ms);
  const auto turn = turn_.take();
  writer_.close_chunks(servers);
}

void Packer::close_old_chunks() {
  const auto turn = turn_.take();
  writer_.close_chunks(
      recent_.with_open_chunk(old_batch_, std::numeric_limits<std::int64_t>::min()));
  old_batch_ = std::exchange(last_batch_, writer_.last_batch());
}

/// Each step takes its turn, so append() waits for one at most.
template <class Step>
Result<void> Packer::in_steps(const Step& step) {
  for (;;) {
    const auto turn = turn_.take();
    auto more = step();
    if (!more) return fail(std::move(more).error());
    if (!*more) return {};
  }
}

Result<void> Packer::trim(bool now) {
  const auto time = std::chrono::steady_clock::now();
  const bool due =
      packed_bytes_ >= kTrimBytes || (packed_bytes_ > 0 && time - trimmed_at_ >= kTrimPause);
  if (!due && !now) return {};
  std::int64_t batch = 0;
  std::vector<model::ServerId> servers;
  {
    const auto turn = turn_.take();
    const auto first = recent_.first_batch();
    batch = first ? *first - 1 : writer_.last_batch();
    servers = writer_.servers();
  }
  std::size_t at = 0;
  auto done = in_steps([&]() -> Result<bool> {
    const auto count = std::min(kSavedAtOnce, servers.size() - at);
    auto saved = writer_.save(std::span(servers).subspan(at, count));
    if (!saved) return fail(std::move(saved).error());
    at += count;
    return at < servers.size();
  });
  if (done) done = in_steps([&] { return writer_.trim(batch); });
  // Not in passing: the next reports would take the space again.
  if (done && now) done = in_steps([&] { return writer_.shrink(); });
  if (!done) return done;
  packed_bytes_ = 0;
  trimmed_at_ = time;
  return {};
}

}  // namespace wakeful::store::detail
