// store/detail/journal_memory.h: what the journal's writer knows of each server, so that a report
// costs no look-up. The writer's own: used in its turn only.
//
// Filled from the tables when a server reports for the first time since the start.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/server.h"
#include "store/detail/record.h"
#include "store/detail/sequence_set.h"
#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

/// A container's `seen_ms` is written again only after this time, not with every report.
inline constexpr std::int64_t kSeenStepMs = 3'600'000;

/// No sample of a container seen at this time is newer than this.
inline std::int64_t last_possible_ms(std::int64_t seen_ms) {
  std::int64_t sum = 0;
  const bool over = __builtin_add_overflow(seen_ms, kSeenStepMs, &sum);
  return over ? std::numeric_limits<std::int64_t>::max() : sum;
}

struct EntityMemory {
  std::uint32_t number = 0;
  std::int64_t first_ms = 0;
  std::int64_t seen_ms = 0;
};

struct RunMemory {
  std::uint64_t source = 0;
  SequenceSet sequences;
  std::int64_t seen_ms = std::numeric_limits<std::int64_t>::min();
  std::int64_t last_batch = 0;
  bool saved = true;  ///< the table has all of it
};

/// A report of the transaction under way.
struct PendingReport {
  ReportKey key;
  std::int64_t time_ms = 0;
};

struct ServerMemory {
  std::unordered_map<std::string, EntityMemory> containers;  ///< those seen lately
  std::vector<RunMemory> runs;      ///< the latest few, most recently used last
  Row last;                         ///< what the next record is the difference to
  std::int64_t whole_batch = 0;     ///< in the replay: where the journal has the last whole record
  std::int64_t last_batch = 0;      ///< that row's
  std::uint32_t chunk_records = 0;  ///< in the open chunk
  std::size_t chunk_bytes = 0;
  bool begins_chunk = true;    ///< the next record does
  bool packed_before = false;  ///< a chunk was full already
  std::int64_t newest_ms = std::numeric_limits<std::int64_t>::min();
  std::size_t facts_hash = 0;
  std::uint32_t next_entity = 1;
  bool newest_saved = true;  ///< the table has the newest report's record
  bool loaded = false;       ///< from the tables

  // Of the transaction under way.
  std::vector<PendingReport> pending;
  std::string new_facts;  ///< empty: unchanged
  bool next_entity_changed = false;
  bool touched = false;
};

class JournalMemory {
 public:
  explicit JournalMemory(Database& database) : database_(database) {}

  Result<ServerMemory*> server(model::ServerId id);
  /// The same, without a look at the tables: for the replay.
  ServerMemory& unread(model::ServerId id);
  /// Valid until the next call for the same server.
  Result<RunMemory*> run(model::ServerId id, ServerMemory& memory, std::uint64_t source);
  void forget(model::ServerId id) { servers_.erase(id); }
  /// Keep no more runs than are in use, of those that are saved.
  static void trim_runs(ServerMemory& memory);
  std::vector<model::ServerId> servers() const;
  std::size_t server_count() const { return servers_.size(); }

 private:
  Result<void> load(model::ServerId id, ServerMemory& memory);

  Database& database_;
  std::unordered_map<model::ServerId, std::unique_ptr<ServerMemory>> servers_;
};

/// Sources are hashes: all 64 bits count, and SQLite's integers are signed.
inline std::int64_t stored_source(std::uint64_t source) {
  return static_cast<std::int64_t>(source);
}

}  // namespace wakeful::store::detail
