#include "store/detail/journal_writer.h"

#include <algorithm>
#include <functional>

#include "store/journal_codec.h"

namespace wakeful::store::detail {

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(Database& database) {
  std::unique_ptr<JournalWriter> writer(new JournalWriter(database));
  auto removed = database.query("read removed servers", "SELECT server FROM removed");
  for (;;) {
    auto more = removed.next();
    if (!more) return fail(std::move(more).error());
    if (!*more) break;
    writer->removed_.insert(removed.integer_at(0));
  }
  return writer;
}

Result<std::vector<Appended>> JournalWriter::append(std::span<const AcceptedReport> reports) {
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
  if (done) done = write_touched();
  if (done) done = transaction->commit();
  settle(done.has_value());
  if (!done) return fail(std::move(done).error());
  return answers;
}

Result<Appended> JournalWriter::append_one(const AcceptedReport& accepted) {
  if (removed_.contains(model::to_number(accepted.server))) return Appended::unknown_server;
  auto memory = memory_.server(accepted.server);
  if (!memory) return fail(std::move(memory).error());
  auto& server = **memory;
  auto found = memory_.run(accepted.server, server, accepted.key.source);
  if (!found) return fail(std::move(found).error());
  auto& run = **found;
  auto stored = is_stored(accepted, run);
  if (!stored) return fail(std::move(stored).error());
  if (*stored) return Appended::repeated;
  if (!server.touched) {
    server.touched = true;
    touched_.emplace_back(accepted.server, &server);
  }
  auto numbered = number_containers(accepted, server);
  if (!numbered) return fail(std::move(numbered).error());
  auto inserted = insert_report(accepted);
  if (!inserted) return fail(std::move(inserted).error());
  run.sequences.add(accepted.key.sequence);
  run.seen_ms = std::max(run.seen_ms, to_unix_ms(accepted.time));
  run.changed = true;
  note_facts(accepted, server);
  return *inserted ? Appended::stored : Appended::repeated;
}

Result<bool> JournalWriter::is_stored(const AcceptedReport& accepted, const RunMemory& run) {
  switch (run.sequences.find(accepted.key.sequence)) {
    case SequenceSet::Answer::absent:
      return false;
    case SequenceSet::Answer::present:
      return true;
    case SequenceSet::Answer::look_up:
      break;
  }
  // Rare: an old protocol's number from before the last ranges. Its server's rows tell.
  auto row = database_.query("look for a repeat",
                             "SELECT 1 FROM report WHERE server = ? AND source = ? AND sequence = "
                             "? LIMIT 1");
  row.integer(model::to_number(accepted.server))
      .integer(stored_source(accepted.key.source))
      .integer(accepted.key.sequence);
  return row.next();
}

Result<void> JournalWriter::number_containers(const AcceptedReport& accepted,
                                              ServerMemory& memory) {
  container_numbers_.clear();
  if (!accepted.report.containers) return {};
  for (const auto& container : *accepted.report.containers) {
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

Result<std::uint32_t> JournalWriter::number_container(const AcceptedReport& accepted,
                                                      const std::string& name,
                                                      ServerMemory& memory) {
  const auto server = model::to_number(accepted.server);
  const auto time_ms = to_unix_ms(accepted.time);
  const auto known = memory.containers.find(name);
  if (known == memory.containers.end()) {
    const EntityMemory entity{memory.next_entity, time_ms, time_ms};
    auto insert = database_.query("store a container's name",
                                  "INSERT INTO entity (server, number, kind, name, first_ms, "
                                  "seen_ms) VALUES (?, ?, ?, ?, ?, ?)");
    insert.integer(server)
        .integer(std::int64_t{entity.number})
        .integer(static_cast<std::int64_t>(model::EntityKind::container))
        .text(name)
        .integer(time_ms)
        .integer(time_ms);
    auto done = insert.run();
    if (!done) return fail(std::move(done).error());
    memory.containers.emplace(name, entity);
    ++memory.next_entity;
    memory.next_entity_changed = true;
    return entity.number;
  }
  auto& entity = known->second;
  if (time_ms >= entity.first_ms && time_ms <= last_possible_ms(entity.seen_ms)) {
    return entity.number;
  }
  entity.first_ms = std::min(entity.first_ms, time_ms);
  entity.seen_ms = std::max(entity.seen_ms, time_ms);
  auto update = database_.query(
      "store when a container was seen",
      "UPDATE entity SET first_ms = ?, seen_ms = ? WHERE server = ? AND number = ?");
  update.integer(entity.first_ms)
      .integer(entity.seen_ms)
      .integer(server)
      .integer(std::int64_t{entity.number});
  auto done = update.run();
  if (!done) return fail(std::move(done).error());
  return entity.number;
}

Result<bool> JournalWriter::insert_report(const AcceptedReport& accepted) {
  blob_.clear();
  encode_figures(accepted, container_numbers_, blob_);
  auto insert = database_.query("store a report",
                                "INSERT INTO report (server, time_ms, source, sequence, figures) "
                                "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  insert.integer(model::to_number(accepted.server))
      .integer(to_unix_ms(accepted.time))
      .integer(stored_source(accepted.key.source))
      .integer(accepted.key.sequence)
      .blob(blob_);
  auto done = insert.run();
  if (!done) return fail(std::move(done).error());
  return database_.changes() > 0;
}

void JournalWriter::note_facts(const AcceptedReport& accepted, ServerMemory& memory) {
  const auto time_ms = to_unix_ms(accepted.time);
  if (time_ms < memory.newest_ms) return;  // back-filled: what it says is no longer so
  memory.newest_ms = time_ms;
  blob_.clear();
  encode_facts(accepted.report, blob_);
  const auto hash = std::hash<std::string_view>{}(blob_);
  if (hash == memory.facts_hash) return;
  memory.facts_hash = hash;
  memory.new_facts = blob_;
}

Result<void> JournalWriter::write_touched() {
  auto put_run = database_.query("store an agent run",
                                 "INSERT INTO run (server, source, seen_ms, sequences) VALUES (?, "
                                 "?, ?, ?) ON CONFLICT (server, source) DO UPDATE SET seen_ms = "
                                 "excluded.seen_ms, sequences = excluded.sequences");
  auto put_facts = database_.query("store a server's facts",
                                   "INSERT INTO server (id, next_entity, facts) VALUES (?, ?, ?) "
                                   "ON CONFLICT (id) DO UPDATE SET next_entity = "
                                   "excluded.next_entity, facts = excluded.facts");
  auto put_next = database_.query("store a server's next number",
                                  "UPDATE server SET next_entity = ? WHERE id = ?");
  for (const auto& [id, memory] : touched_) {
    const auto server = model::to_number(id);
    for (const auto& run : memory->runs) {
      if (!run.changed) continue;
      blob_.clear();
      run.sequences.encode(blob_);
      put_run.integer(server).integer(stored_source(run.source)).integer(run.seen_ms).blob(blob_);
      auto done = put_run.run();
      if (!done) return done;
    }
    Result<void> done;
    if (!memory->new_facts.empty()) {
      put_facts.integer(server).integer(std::int64_t{memory->next_entity}).blob(memory->new_facts);
      done = put_facts.run();
    } else if (memory->next_entity_changed) {
      done = put_next.integer(std::int64_t{memory->next_entity}).integer(server).run();
    }
    if (!done) return done;
  }
  return {};
}

void JournalWriter::settle(bool committed) {
  for (const auto& [id, memory] : touched_) {
    if (!committed) {
      memory_.forget(id);
      continue;
    }
    memory->touched = false;
    memory->next_entity_changed = false;
    memory->new_facts = {};
    for (auto& run : memory->runs) run.changed = false;
    JournalMemory::trim_runs(*memory);
  }
  touched_.clear();
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
