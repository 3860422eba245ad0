#include "store/detail/journal_memory.h"

#include <algorithm>
#include <functional>

#include "model/metric.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kMaxRunsKept = 4;

}  // namespace

ServerMemory& JournalMemory::unread(model::ServerId id) {
  auto& memory = servers_[id];
  if (!memory) memory = std::make_unique<ServerMemory>();
  return *memory;
}

Result<ServerMemory*> JournalMemory::server(model::ServerId id) {
  auto& memory = unread(id);
  if (!memory.loaded) {
    auto loaded = load(id, memory);
    if (!loaded) return fail(std::move(loaded).error());
    memory.loaded = true;
  }
  return &memory;
}

Result<void> JournalMemory::load(model::ServerId id, ServerMemory& memory) {
  auto row = database_.query("read a server's state",
                             "SELECT next_entity, facts FROM server WHERE id = ?");
  auto found = row.integer(model::to_number(id)).next();
  if (!found) return fail(std::move(found).error());
  // Also where there is none: what a transaction that failed left here is no longer so.
  memory.next_entity = *found ? static_cast<std::uint32_t>(row.integer_at(0)) : 1;
  memory.facts_hash = *found ? std::hash<std::string_view>{}(row.bytes_at(1)) : 0;
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
  auto& runs = memory.runs;
  for (std::size_t i = 0; runs.size() > kMaxRunsKept && i + 1 < runs.size();) {
    if (runs[i].saved) {
      runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

std::vector<model::ServerId> JournalMemory::servers() const {
  std::vector<model::ServerId> all;
  all.reserve(servers_.size());
  for (const auto& [id, memory] : servers_) all.push_back(id);
  return all;
}

}  // namespace wakeful::store::detail
