// The half of JournalWriter that forgets: batches that are packed, and whole servers.
#include <algorithm>

#include "store/detail/journal_writer.h"

namespace wakeful::store::detail {
namespace {

// One transaction removes so many batches at most: some milliseconds.
constexpr std::int64_t kBatchesAtOnce = 200;
// Free pages are given back when there are more than this and more than a quarter of all.
constexpr std::int64_t kManyFreePages = 64;
constexpr std::string_view kPagesAtOnce = "PRAGMA incremental_vacuum(512)";

}  // namespace

Result<void> JournalWriter::save(std::span<const model::ServerId> servers) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  Result<void> done;
  for (auto id = servers.begin(); done && id != servers.end(); ++id)
    done = save_server(*id, memory_.unread(*id));
  if (done) done = transaction->commit();
  for (const auto id : servers) {
    auto& memory = memory_.unread(id);
    if (done) {
      JournalMemory::trim_runs(memory);
      continue;
    }
    // Whatever save_server() noted, it was not written.
    for (auto& run : memory.runs) run.saved = false;
    memory.newest_saved = false;
  }
  return done;
}

/// A server's first record not yet packed is whole and says which sequences came before it, so only
/// what ended earlier needs the table.
Result<void> JournalWriter::save_server(model::ServerId id, ServerMemory& memory) {
  const auto unpacked = recent_.first_batch(id);
  for (auto& run : memory.runs) {
    if (run.saved || (unpacked && run.last_batch >= *unpacked)) continue;
    blob_.clear();
    run.sequences.encode(blob_);
    auto done = database_
                    .query("store an agent run",
                           "INSERT INTO run (server, source, seen_ms, sequences) VALUES (?, ?, ?, "
                           "?) ON CONFLICT (server, source) DO UPDATE SET seen_ms = "
                           "excluded.seen_ms, sequences = excluded.sequences")
                    .integer(model::to_number(id))
                    .integer(stored_source(run.source))
                    .integer(run.seen_ms)
                    .blob(blob_)
                    .run();
    if (!done) return done;
    run.saved = true;
  }
  if (memory.newest_saved) return {};
  const auto newest = recent_.newest(id);
  // The last record is among the unpacked ones where there are any; mostly it is the newest too.
  if (!newest || (unpacked && memory.last.shape && memory.last.time_ms >= newest->time_ms))
    return {};
  blob_.clear();
  put_whole(*newest, {}, blob_);
  auto done = database_.query("store a newest report", "UPDATE server SET newest = ? WHERE id = ?")
                  .blob(blob_)
                  .integer(model::to_number(id))
                  .run();
  if (!done) return done;
  memory.newest_saved = true;
  return {};
}

Result<bool> JournalWriter::trim(std::int64_t batch) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto done = database_
                  .query("remove packed reports",
                         "DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE id <= ? ORDER "
                         "BY id LIMIT ?)")
                  .integer(batch)
                  .integer(kBatchesAtOnce)
                  .run();
  if (!done) return fail(std::move(done).error());
  const bool more = database_.changes() == kBatchesAtOnce;
  done = database_.query("note what is packed", "UPDATE journal SET trimmed = max(trimmed, ?)")
             .integer(std::min(batch, last_batch()))
             .run();
  if (done) done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  return more;
}

Result<bool> JournalWriter::shrink() {
  const auto free = database_.integer("count free pages", "PRAGMA freelist_count");
  if (!free) return fail(free.error());
  const auto all = database_.integer("count pages", "PRAGMA page_count");
  if (!all) return fail(all.error());
  if (*free < kManyFreePages || *free < *all / 4) return false;
  auto done = database_.execute("give free space back", std::string(kPagesAtOnce));
  if (!done) return fail(std::move(done).error());
  const auto left = database_.integer("count free pages", "PRAGMA freelist_count");
  if (!left) return fail(left.error());
  return *left < *free;
}

Result<void> JournalWriter::set_begins(const TierBegins& begins) {
  auto done = database_
                  .query("note how far tiers go back",
                         "UPDATE journal SET raw_from_ms = ?, minutes_from_ms = ?")
                  .integer(begins.raw_ms)
                  .integer(begins.minutes_ms)
                  .run();
  if (!done) return done;
  raw_from_ms_ = begins.raw_ms;
  minutes_from_ms_ = begins.minutes_ms;
  return {};
}

Result<void> JournalWriter::begin_remove_server(model::ServerId server) {
  const auto id = model::to_number(server);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto done = database_
                  .query("note a removed server",
                         "INSERT INTO removed (server, done) VALUES (?, 0) ON CONFLICT DO UPDATE "
                         "SET done = 0")
                  .integer(id)
                  .run();
  if (done) {
    done = database_.query("remove containers' names", "DELETE FROM entity WHERE server = ?")
               .integer(id)
               .run();
  }
  if (done) {
    done =
        database_.query("remove agent runs", "DELETE FROM run WHERE server = ?").integer(id).run();
  }
  if (done) {
    done = database_.query("remove facts", "DELETE FROM server WHERE id = ?").integer(id).run();
  }
  if (done) done = transaction->commit();
  if (!done) return done;
  removed_.insert(id);
  memory_.forget(server);
  recent_.forget(server);
  return {};
}

Result<void> JournalWriter::end_remove_server(model::ServerId server) {
  return database_.query("note a removed server", "UPDATE removed SET done = 1 WHERE server = ?")
      .integer(model::to_number(server))
      .run();
}

Result<std::vector<model::ServerId>> JournalWriter::half_removed() {
  std::vector<model::ServerId> servers;
  auto rows = database_.query("read removed servers", "SELECT server FROM removed WHERE done = 0");
  for (;;) {
    auto more = rows.next();
    if (!more) return fail(std::move(more).error());
    if (!*more) return servers;
    servers.push_back(model::ServerId{rows.integer_at(0)});
  }
}

Result<void> JournalWriter::forget_unseen(std::int64_t runs_before_ms,
                                          std::int64_t names_before_ms) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto done = database_.query("remove agent runs", "DELETE FROM run WHERE seen_ms < ?")
                  .integer(runs_before_ms)
                  .run();
  // Samples may be up to an hour newer than seen_ms says.
  if (done) {
    done = database_.query("remove containers' names", "DELETE FROM entity WHERE seen_ms < ?")
               .integer(names_before_ms - kSeenStepMs)
               .run();
  }
  const bool names_went = done && database_.changes() > 0;
  if (done) done = transaction->commit();
  if (!done) return done;
  if (names_went) {
    for (const auto id : memory_.servers()) memory_.unread(id).containers.clear();
  }
  return {};
}

}  // namespace wakeful::store::detail
