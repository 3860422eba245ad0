#include "store/detail/journal_memory.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "model/metric.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kMaxRunsKept = 4;

}  // namespace

Result<ServerMemory*> JournalMemory::server(model::ServerId id) {
  const auto found = servers_.find(id);
  if (found != servers_.end()) return found->second.get();
  auto memory = std::make_unique<ServerMemory>();
  auto loaded = load(id, *memory);
  if (!loaded) return fail(std::move(loaded).error());
  return servers_.emplace(id, std::move(memory)).first->second.get();
}

Result<void> JournalMemory::load(model::ServerId id, ServerMemory& memory) {
  const auto number = model::to_number(id);
  auto row = database_.query("read a server's state",
                             "SELECT next_entity, facts FROM server WHERE id = ?");
  auto found = row.integer(number).next();
  if (!found) return fail(std::move(found).error());
  if (*found) {
    memory.next_entity = static_cast<std::uint32_t>(row.integer_at(0));
    memory.facts_hash = std::hash<std::string_view>{}(row.bytes_at(1));
  }
  auto entities = database_.query(
      "read a server's containers",
      "SELECT name, number, first_ms, seen_ms FROM entity WHERE server = ? AND kind = ?");
  entities.integer(number).integer(static_cast<std::int64_t>(model::EntityKind::container));
  for (;;) {
    auto more = entities.next();
    if (!more) return fail(std::move(more).error());
    if (!*more) break;
    memory.containers.emplace(entities.bytes_at(0),
                              EntityMemory{static_cast<std::uint32_t>(entities.integer_at(1)),
                                           entities.integer_at(2), entities.integer_at(3)});
  }
  auto newest = database_.query("read a server's newest time",
                                "SELECT max(time_ms) FROM report WHERE server = ?");
  auto got = newest.integer(number).next();
  if (!got) return fail(std::move(got).error());
  memory.newest_ms =
      newest.optional_integer_at(0).value_or(std::numeric_limits<std::int64_t>::min());
  return {};
}

Result<RunMemory*> JournalMemory::run(model::ServerId id, ServerMemory& memory,
                                      std::uint64_t source) {
  auto& runs = memory.runs;
  // The last one used is nearly always the one.
  const auto found = std::find_if(runs.rbegin(), runs.rend(),
                                  [&](const RunMemory& run) { return run.source == source; });
  if (found != runs.rend()) {
    if (found != runs.rbegin()) std::rotate(found.base() - 1, found.base(), runs.end());
    return &runs.back();
  }
  RunMemory run;
  run.source = source;
  auto row = database_.query("read an agent run",
                             "SELECT seen_ms, sequences FROM run WHERE server = ? AND source = ?");
  row.integer(model::to_number(id)).integer(stored_source(source));
  auto known = row.next();
  if (!known) return fail(std::move(known).error());
  run.seen_ms = std::numeric_limits<std::int64_t>::min();
  if (*known) {
    run.seen_ms = row.integer_at(0);
    auto sequences = SequenceSet::decode(row.bytes_at(1));
    if (!sequences)
      return fail(std::move(sequences).error().with_context(database_.path().string()));
    run.sequences = std::move(*sequences);
  }
  runs.push_back(std::move(run));
  return &runs.back();
}

void JournalMemory::trim_runs(ServerMemory& memory) {
  if (memory.runs.size() <= kMaxRunsKept) return;
  memory.runs.erase(memory.runs.begin(), memory.runs.end() - kMaxRunsKept);
}

}  // namespace wakeful::store::detail
