// store/detail/journal_memory.h: what the journal's writer keeps in memory of each server, so that
// a report costs one insert and no look-up.
//
// Filled from the tables when a server reports for the first time since the start. The tables stay
// the truth: after a failed transaction the memory of the servers it touched is dropped.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/server.h"
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
  std::int64_t seen_ms = 0;
  bool changed = false;
};

struct ServerMemory {
  std::unordered_map<std::string, EntityMemory> containers;
  std::vector<RunMemory> runs;  ///< the latest few, most recently used last
  std::int64_t newest_ms = 0;   ///< newest sample time; the lowest number before the first report
  std::size_t facts_hash = 0;
  std::uint32_t next_entity = 1;
  std::string new_facts;  ///< to be written with the transaction; empty: unchanged
  bool next_entity_changed = false;
  bool touched = false;  ///< by the transaction under way
};

class JournalMemory {
 public:
  explicit JournalMemory(Database& database) : database_(database) {}

  Result<ServerMemory*> server(model::ServerId id);
  /// The run is valid until the next call for the same server.
  Result<RunMemory*> run(model::ServerId id, ServerMemory& memory, std::uint64_t source);
  void forget(model::ServerId id) { servers_.erase(id); }
  /// Keep no more runs than are in use.
  static void trim_runs(ServerMemory& memory);

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
