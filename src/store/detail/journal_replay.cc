// The half of JournalWriter that begins: what the tables and the batches say of before.
#include <algorithm>

#include "base/log.h"
#include "store/detail/batch.h"
#include "store/detail/journal_writer.h"
#include "store/detail/pack.h"

namespace wakeful::store::detail {
Result<std::unique_ptr<JournalWriter>> JournalWriter::open(Database& database, Recent& recent,
                                                           std::size_t unpacked_bytes,
                                                           TimeTaken time_taken) {
  std::unique_ptr<JournalWriter> writer(
      new JournalWriter(database, recent, unpacked_bytes, std::move(time_taken)));
  auto loaded = writer->load();
  if (!loaded) return fail(std::move(loaded).error());
  return writer;
}

Result<void> JournalWriter::load() {
  auto journal =
      database_.query("read the journal's state",
                      "SELECT identity, trimmed, raw_from_ms, minutes_from_ms FROM journal");
  const auto found = journal.next();
  if (!found) return fail(found.error());
  if (*found) {
    identity_ = journal.integer_at(0);
    next_batch_ = journal.integer_at(1) + 1;
    raw_from_ms_ = journal.integer_at(2);
    minutes_from_ms_ = journal.integer_at(3);
  }
  auto removed = database_.query("read removed servers", "SELECT server FROM removed");
  for (;;) {
    auto more = removed.next();
    if (!more) return fail(std::move(more).error());
    if (!*more) return {};
    removed_.insert(removed.integer_at(0));
  }
}

/// What servers said last before the first batch that is left.
Result<void> JournalWriter::read_newest() {
  auto rows = database_.query("read newest reports",
                              "SELECT id, newest FROM server WHERE newest IS NOT NULL");
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    const model::ServerId server{rows.integer_at(0)};
    ByteReader reader(rows.bytes_at(1));
    Row row;
    const auto read = read_record(reader, row);
    if (!read) {
      log::error("store", "a server's newest report cannot be read and is left out",
                 {{"file", database_.path().string()},
                  {"server", model::to_number(server)},
                  {"error", read.error()}});
      continue;
    }
    recent_.set_newest(server, row);
    memory_.unread(server).newest_ms = row.time_ms;
  }
}

Result<void> JournalWriter::replay(const PackedUpTo& packed_up_to) {
  auto read = read_newest();
  if (!read) return read;
  auto rows = database_.query("read the journal", "SELECT id, records FROM batch ORDER BY id");
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    const auto batch = rows.integer_at(0);
    next_batch_ = std::max(next_batch_, batch + 1);
    const auto records = open_batch(rows.bytes_at(1));
    auto done =
        records ? replay_batch(batch, *records, packed_up_to) : Result<void>(fail(records.error()));
    if (done) continue;
    if (done.error().code != Errc::io) return done;
    log::error("store", "reports of the journal cannot be read and are left out",
               {{"file", database_.path().string()}, {"batch", batch}, {"error", done.error()}});
    // What follows may be differences to what is lost.
    for (const auto server : memory_.servers()) memory_.unread(server).last.shape = nullptr;
  }
  for (const auto server : memory_.servers()) memory_.unread(server).begins_chunk = true;
  return {};
}

Result<void> JournalWriter::replay_batch(std::int64_t batch, std::string_view records,
                                         const PackedUpTo& packed_up_to) {
  return visit_batch(records, [&](model::ServerId server, std::string_view record) -> Result<void> {
    if (removed_.contains(model::to_number(server))) return {};
    return replay_record(batch, server, record, packed_up_to);
  });
}

Result<void> JournalWriter::replay_record(std::int64_t batch, model::ServerId server,
                                          std::string_view bytes, const PackedUpTo& packed_up_to) {
  auto& memory = memory_.unread(server);
  auto& row = memory.last;
  // The beginning of its chunk is packed and trimmed: then it is packed too, and saved.
  if (!row.shape && !is_whole(bytes)) return {};
  if (is_whole(bytes)) memory.whole_batch = batch;
  ByteReader reader(bytes);
  std::string_view before;
  auto read = read_record(reader, row, &before);
  if (!read) return read;
  auto found = memory_.run(server, memory, row.key.source);
  if (!found) return fail(std::move(found).error());
  auto& run = **found;
  // What a record says came before it does not count its own batch.
  if (!before.empty() && run.last_batch != batch) {
    auto sequences = SequenceSet::decode(before);
    if (!sequences) return fail(Errc::io, sequences.error().message);
    run.sequences = std::move(*sequences);
  }
  run.sequences.add(row.key.sequence);
  run.seen_ms = std::max(run.seen_ms, row.time_ms);
  run.last_batch = batch;
  run.saved = false;
  memory.newest_ms = std::max(memory.newest_ms, row.time_ms);
  memory.newest_saved = false;
  if (batch <= packed_up_to(server, row.time_ms)) {
    const auto newest = recent_.newest_ms(server);
    if (!newest || row.time_ms >= *newest) recent_.set_newest(server, row);
    memory.begins_chunk = true;
    return {};
  }
  // What comes after packed records is whole. It begins a chunk, unless an earlier record of its batch
  // did: packs remember whole batches, so a batch's records of one server stay in one chunk.
  const bool whole = memory.begins_chunk;
  const bool begins = memory.last_batch != batch && (whole || is_chunk_full(server, memory));
  memory.last_batch = batch;
  memory.begins_chunk = false;
  record_.clear();
  if ((whole || begins) && !is_whole(bytes)) {
    blob_.clear();
    run.sequences.encode(blob_);
    put_whole(row, blob_, record_);
    bytes = record_;
  }
  if (begins) {
    memory.chunk_records = 0;
    memory.chunk_bytes = 0;
  }
  ++memory.chunk_records;
  memory.chunk_bytes += bytes.size();
  // In the journal it may still be a difference to packed records: those must stay until it is packed.
  const NewRecord record{server, bytes, begins, &row, memory.whole_batch};
  recent_.add(batch, {&record, 1});
  return {};
}

}  // namespace wakeful::store::detail
