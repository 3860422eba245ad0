#include "store/detail/journal_writer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "store/detail/batch.h"
#include "store/detail/pack.h"
#include "store/facts_codec.h"

namespace wakeful::store::detail {
namespace {

// A chunk is packed when it has the most records, or its server's share of memory is used: fewer pack
// badly, more take memory and time to read back.
constexpr std::size_t kFewestRecords = 8;
constexpr std::size_t kMostRecords = 128;
constexpr std::size_t kMostChunkBytes = 256 << 10;
// Names of containers remembered beyond those of a report, before all are forgotten and looked up
// anew.
constexpr std::size_t kExtraNames = 256;
// Memory may grow to so many times the share for unpacked reports when packing fails.
constexpr std::size_t kPatience = 4;
constexpr std::int64_t kMostNudgesMs = 10'000;

constexpr auto kContainer = static_cast<std::int64_t>(model::EntityKind::container);

}  // namespace

Result<std::vector<Appended>> JournalWriter::append(std::span<const AcceptedReport> reports) {
  if (recent_.bytes() > kPatience * unpacked_bytes_) {
    return fail(Errc::unavailable,
                database_.path().string() +
                    ": packing is behind, and memory for reports is used up: try again in a "
                    "moment; if this goes on, the log says why packing fails");
  }
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  std::vector<Appended> answers;
  answers.reserve(reports.size());
  Result<void> done;
  for (const auto& report : reports) {
    auto answer = append_one(report);
    if (!answer) {
      done = fail(std::move(answer).error());
      break;
    }
    answers.push_back(*answer);
  }
  if (done) done = write_batch();
  if (done) done = write_touched();
  if (done) done = transaction->commit();
  settle(done.has_value());
  if (!done) return fail(std::move(done).error());
  return answers;
}

Result<Appended> JournalWriter::append_one(const AcceptedReport& accepted) {
  if (removed_.contains(model::to_number(accepted.server))) return Appended::unknown_server;
  const auto time_ms = to_unix_ms(accepted.time);
  if (time_ms < std::max(kFirstTimeMs, raw_from_ms_.load()) ||
      time_ms >= kEndTimeMs - kMostNudgesMs)
    return Appended::out_of_range;
  auto memory = memory_.server(accepted.server);
  if (!memory) return fail(std::move(memory).error());
  auto& server = **memory;
  auto found = memory_.run(accepted.server, server, accepted.key.source);
  if (!found) return fail(std::move(found).error());
  const auto& run = **found;
  auto stored = is_stored(accepted, server, run);
  if (!stored) return fail(std::move(stored).error());
  if (*stored) return Appended::repeated;
  if (!server.touched) {
    server.touched = true;
    touched_.emplace_back(accepted.server, &server);
  }
  auto numbered = number_containers(accepted, server);
  if (!numbered) return fail(std::move(numbered).error());
  if (rows_.size() == records_.size()) rows_.emplace_back();
  auto& row = rows_[records_.size()];
  row.shape = server.last.shape;
  fill_row(accepted, container_numbers_, row);
  auto free = find_free_time(accepted.server, server, row);
  if (!free) return fail(std::move(free).error());
  put_record(accepted.server, server, run, row);
  server.pending.push_back({accepted.key, row.time_ms});
  note_facts(accepted, server);
  server.newest_ms = std::max(server.newest_ms, row.time_ms);
  return Appended::stored;
}

Result<bool> JournalWriter::is_stored(const AcceptedReport& accepted, const ServerMemory& server,
                                      const RunMemory& run) const {
  const auto same = [&](const PendingReport& pending) { return pending.key == accepted.key; };
  if (std::ranges::any_of(server.pending, same)) return true;
  switch (run.sequences.find(accepted.key.sequence)) {
    case SequenceSet::Answer::absent:
      return false;
    case SequenceSet::Answer::present:
      return true;
    case SequenceSet::Answer::look_up:
      break;
  }
  // Rare: a number from before the last ranges. Its time tells.
  return time_taken_(accepted.server, to_unix_ms(accepted.time));
}

Result<void> JournalWriter::number_containers(const AcceptedReport& accepted,
                                              ServerMemory& memory) {
  container_numbers_.clear();
  if (!accepted.report.containers) return {};
  const auto& containers = *accepted.report.containers;
  if (memory.containers.size() > 2 * containers.size() + kExtraNames) memory.containers.clear();
  for (const auto& container : containers) {
    if (container.metrics.empty()) {
      container_numbers_.push_back(0);  // not in the figures
      continue;
    }
    auto number = number_container(accepted, container.name, memory);
    if (!number) return fail(std::move(number).error());
    container_numbers_.push_back(*number);
  }
  return {};
}

/// A container's number and times: from memory, from the table, or given anew.
Result<EntityMemory> JournalWriter::find_container(const AcceptedReport& accepted,
                                                   const std::string& name, ServerMemory& memory) {
  const auto server = model::to_number(accepted.server);
  {
    auto row = database_.query("find a container",
                               "SELECT number, first_ms, seen_ms FROM entity WHERE server = ? AND "
                               "kind = ? AND name = ?");
    const auto found = row.integer(server).integer(kContainer).text(name).next();
    if (!found) return fail(found.error());
    if (*found) {
      return EntityMemory{static_cast<std::uint32_t>(row.integer_at(0)), row.integer_at(1),
                          row.integer_at(2)};
    }
  }
  const auto time_ms = to_unix_ms(accepted.time);
  const EntityMemory entity{memory.next_entity, time_ms, time_ms};
  auto done =
      database_
          .query("store a container's name",
                 "INSERT INTO entity (server, number, kind, name, first_ms, seen_ms) VALUES "
                 "(?, ?, ?, ?, ?, ?)")
          .integer(server)
          .integer(std::int64_t{entity.number})
          .integer(kContainer)
          .text(name)
          .integer(time_ms)
          .integer(time_ms)
          .run();
  if (!done) return fail(std::move(done).error());
  ++memory.next_entity;
  memory.next_entity_changed = true;
  return entity;
}

Result<std::uint32_t> JournalWriter::number_container(const AcceptedReport& accepted,
                                                      const std::string& name,
                                                      ServerMemory& memory) {
  auto known = memory.containers.find(name);
  if (known == memory.containers.end()) {
    auto found = find_container(accepted, name, memory);
    if (!found) return fail(std::move(found).error());
    known = memory.containers.emplace(name, *found).first;
  }
  auto& entity = known->second;
  const auto time_ms = to_unix_ms(accepted.time);
  if (time_ms >= entity.first_ms && time_ms <= last_possible_ms(entity.seen_ms))
    return entity.number;
  entity.first_ms = std::min(entity.first_ms, time_ms);
  entity.seen_ms = std::max(entity.seen_ms, time_ms);
  auto done = database_
                  .query("store when a container was seen",
                         "UPDATE entity SET first_ms = ?, seen_ms = ? WHERE server = ? AND kind = "
                         "? AND name = ?")
                  .integer(entity.first_ms)
                  .integer(entity.seen_ms)
                  .integer(model::to_number(accepted.server))
                  .integer(kContainer)
                  .text(name)
                  .run();
  if (!done) return fail(std::move(done).error());
  return entity.number;
}

/// One sample per server and millisecond: later by as many milliseconds as it takes.
Result<void> JournalWriter::find_free_time(model::ServerId id, const ServerMemory& server,
                                           Row& row) const {
  if (row.time_ms > server.newest_ms) return {};
  for (std::int64_t nudge = 0; nudge < kMostNudgesMs; ++nudge, ++row.time_ms) {
    const auto same = [&](const PendingReport& pending) { return pending.time_ms == row.time_ms; };
    if (std::ranges::any_of(server.pending, same)) continue;
    auto taken = time_taken_(id, row.time_ms);
    if (!taken) return fail(std::move(taken).error());
    if (!*taken) return {};
  }
  return {};  // ten seconds without a free millisecond: this one is not worth more
}

/// Into blob_: what is stored of a run before the next record, those of the same batch included. The
/// replay takes it for all there is.
void JournalWriter::encode_sequences(const RunMemory& run, const ServerMemory& server) {
  blob_.clear();
  const auto same_run = [&](const PendingReport& one) { return one.key.source == run.source; };
  if (std::ranges::none_of(server.pending, same_run)) return run.sequences.encode(blob_);
  auto sequences = run.sequences;
  for (const auto& one : server.pending) {
    if (same_run(one)) sequences.add(one.key.sequence);
  }
  sequences.encode(blob_);
}

void JournalWriter::put_record(model::ServerId id, ServerMemory& server, const RunMemory& run,
                               Row& row) {
  // Packs remember whole batches, so a batch's records of one server stay in one chunk.
  const bool full = server.last_batch != next_batch_ && is_chunk_full(id, server);
  const bool begins = server.begins_chunk || full;
  server.packed_before = server.packed_before || full;
  const auto& last = server.last;
  row.interval_ms = last.shape ? row.time_ms - last.time_ms : 0;
  record_.clear();
  // The row took the shape object over where nothing changed.
  if (begins || row.shape != last.shape || row.key.source != last.key.source) {
    encode_sequences(run, server);
    put_whole(row, blob_, record_);
  } else {
    put_difference(row, last, record_);
  }
  put_batch_record(id, record_, batch_);
  records_.push_back({id, batch_.size() - record_.size(), record_.size(), begins});
  if (begins) {
    server.chunk_records = 0;
    server.chunk_bytes = 0;
    server.begins_chunk = false;
  }
  ++server.chunk_records;
  server.chunk_bytes += record_.size();
  server.last = row;
  server.last_batch = next_batch_;
}

bool JournalWriter::is_chunk_full(model::ServerId id, const ServerMemory& server) const {
  if (server.chunk_bytes >= kMostChunkBytes) return true;
  // Servers that began together are packed one after another: the first chunk ends early.
  std::size_t share_of_1024 = 1024;
  if (!server.packed_before)
    share_of_1024 =
        512 + (static_cast<std::size_t>(model::to_number(id)) * 0x9e3779b97f4a7c15ULL >> 55);
  if (server.chunk_records >= kMostRecords * share_of_1024 / 1024) return true;
  const auto bytes = unpacked_bytes_ / (memory_.server_count() + 1) * share_of_1024 / 1024;
  return server.chunk_bytes >= bytes && server.chunk_records >= kFewestRecords;
}

void JournalWriter::note_facts(const AcceptedReport& accepted, ServerMemory& memory) {
  // Back-filled: what it says is no longer so.
  if (to_unix_ms(accepted.time) < memory.newest_ms) return;
  blob_.clear();
  encode_facts(accepted.report, blob_);
  const auto hash = std::hash<std::string_view>{}(blob_);
  if (hash == memory.facts_hash) return;
  memory.facts_hash = hash;
  memory.new_facts = blob_;
}

Result<void> JournalWriter::write_batch() {
  if (records_.empty()) return {};
  seal_batch(batch_);
  return database_.query("store reports", "INSERT INTO batch (id, records) VALUES (?, ?)")
      .integer(next_batch_)
      .blob(batch_)
      .run();
}

Result<void> JournalWriter::write_touched() {
  auto put_facts = database_.query("store a server's facts",
                                   "INSERT INTO server (id, next_entity, facts) VALUES (?, ?, ?) "
                                   "ON CONFLICT (id) DO UPDATE SET next_entity = "
                                   "excluded.next_entity, facts = excluded.facts");
  auto put_next = database_.query("store a server's next number",
                                  "UPDATE server SET next_entity = ? WHERE id = ?");
  for (const auto& [id, memory] : touched_) {
    const auto server = model::to_number(id);
    Result<void> done;
    if (!memory->new_facts.empty()) {
      done = put_facts.integer(server)
                 .integer(std::int64_t{memory->next_entity})
                 .blob(memory->new_facts)
                 .run();
    } else if (memory->next_entity_changed) {
      done = put_next.integer(std::int64_t{memory->next_entity}).integer(server).run();
    }
    if (!done) return done;
  }
  return {};
}

void JournalWriter::settle(bool committed) {
  for (const auto& [id, memory] : touched_) {
    if (committed) {
      for (const auto& pending : memory->pending) {
        auto& run = *std::ranges::find(memory->runs, pending.key.source, &RunMemory::source);
        run.sequences.add(pending.key.sequence);
        run.seen_ms = std::max(run.seen_ms, pending.time_ms);
        run.last_batch = next_batch_;
        run.saved = false;
      }
      memory->newest_saved = false;
    } else {
      // Back to what the tables say; the row that was not stored is no base for the next record.
      memory->containers.clear();
      memory->last.shape = nullptr;
      memory->begins_chunk = true;
      memory->last_batch = 0;
      memory->loaded = false;
    }
    memory->pending.clear();
    memory->next_entity_changed = false;
    memory->new_facts = {};
    memory->touched = false;
    JournalMemory::trim_runs(*memory);
  }
  if (committed && !records_.empty()) {
    std::vector<NewRecord> added;
    added.reserve(records_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto& record = records_[i];
      added.push_back({record.server, std::string_view(batch_).substr(record.first, record.size),
                       record.begins_chunk, &rows_[i]});
    }
    recent_.add(next_batch_, added);
    ++next_batch_;
  }
  touched_.clear();
  records_.clear();
  batch_.clear();
  if (rows_.size() > 4096) rows_.resize(4096);
}

void JournalWriter::close_chunks(std::span<const model::ServerId> servers) {
  for (const auto id : servers) {
    memory_.unread(id).begins_chunk = true;
    recent_.close_chunk(id);
  }
}

Result<void> JournalWriter::check_writable() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto done =
      database_.query("check that writing works", "UPDATE write_check SET count = count + 1").run();
  if (!done) return done;
  return transaction->commit();
}

}  // namespace wakeful::store::detail
