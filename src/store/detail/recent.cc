#include "store/detail/recent.h"

#include <algorithm>
#include <utility>

namespace wakeful::store::detail {

void Recent::enqueue(model::ServerId server, State& state) {
  if (state.queued) return;
  state.queued = true;
  ready_.push_back(server);
  ready_changed_.notify_one();
}

void Recent::add(std::int64_t batch, std::span<const NewRecord> records) {
  const std::lock_guard lock(mutex_);
  for (const auto& record : records) {
    auto& state = states_[record.server];
    const auto time_ms = record.row->time_ms;
    if (record.begins_chunk || !state.open) {
      if (!state.chunks.empty()) enqueue(record.server, state);
      auto& chunk = *state.chunks.emplace_back(std::make_shared<Chunk>());
      chunk.first_batch = record.builds_on != 0 ? record.builds_on : batch;
      chunk.first_ms = chunk.last_ms = time_ms;
      state.open = true;
    }
    auto& chunk = *state.chunks.back();
    chunk.records += record.bytes;
    bytes_ += record.bytes.size();
    ++chunk.count;
    chunk.last_batch = batch;
    chunk.first_ms = std::min(chunk.first_ms, time_ms);
    chunk.last_ms = std::max(chunk.last_ms, time_ms);
    if (!state.newest.shape || time_ms >= state.newest.time_ms) state.newest = *record.row;
  }
}

void Recent::set_newest(model::ServerId server, const Row& row) {
  const std::lock_guard lock(mutex_);
  states_[server].newest = row;
}

void Recent::forget(model::ServerId server) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  if (found == states_.end()) return;
  for (const auto& chunk : found->second.chunks) bytes_ -= chunk->records.size();
  states_.erase(found);
  std::erase(ready_, server);
}

void Recent::close_chunk(model::ServerId server) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  if (found == states_.end() || !found->second.open) return;
  found->second.open = false;
  enqueue(server, found->second);
}

std::vector<std::shared_ptr<const Chunk>> Recent::chunks(model::ServerId server,
                                                         std::int64_t from_ms,
                                                         std::int64_t before_ms) const {
  std::vector<std::shared_ptr<const Chunk>> found;
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(server);
  if (at == states_.end()) return found;
  const auto& state = at->second;
  for (const auto& chunk : state.chunks) {
    if (chunk->last_ms < from_ms || chunk->first_ms >= before_ms) continue;
    if (state.open && chunk == state.chunks.back()) {
      found.push_back(std::make_shared<const Chunk>(*chunk));
    } else {
      found.push_back(chunk);
    }
  }
  return found;
}

std::optional<std::int64_t> Recent::newest_ms(model::ServerId server) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  if (found == states_.end() || !found->second.newest.shape) return std::nullopt;
  return found->second.newest.time_ms;
}

std::optional<Row> Recent::newest(model::ServerId server) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  if (found == states_.end() || !found->second.newest.shape) return std::nullopt;
  return found->second.newest;
}

std::vector<model::ServerId> Recent::servers() const {
  std::vector<model::ServerId> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(states_.size());
    for (const auto& [server, state] : states_) {
      if (state.newest.shape) all.push_back(server);
    }
  }
  std::ranges::sort(all);
  return all;
}

std::size_t Recent::server_count() const {
  const std::lock_guard lock(mutex_);
  return states_.size();
}

std::vector<Recent::Taken> Recent::take_closed(std::size_t servers) {
  std::vector<Taken> taken;
  const std::lock_guard lock(mutex_);
  while (taken.size() < servers && !ready_.empty()) {
    const auto server = ready_.front();
    ready_.pop_front();
    auto& state = states_.at(server);
    auto& one = taken.emplace_back();
    one.server = server;
    const auto end = state.chunks.end() - (state.open ? 1 : 0);
    one.chunks.assign(state.chunks.begin(), end);
  }
  return taken;
}

void Recent::drop(const Taken& packed) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(packed.server);
  if (found == states_.end()) return;
  auto& state = found->second;
  const auto count = std::min(packed.chunks.size(), state.chunks.size());
  // A server that was forgotten and reported anew has other chunks.
  const bool same =
      std::equal(packed.chunks.begin(), packed.chunks.begin() + static_cast<std::ptrdiff_t>(count),
                 state.chunks.begin());
  if (!same) return;
  for (const auto& chunk : packed.chunks) bytes_ -= chunk->records.size();
  state.chunks.erase(state.chunks.begin(),
                     state.chunks.begin() + static_cast<std::ptrdiff_t>(count));
  state.queued = false;
  if (state.chunks.size() > (state.open ? 1U : 0U)) enqueue(packed.server, state);
}

void Recent::put_back(const Taken& failed) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(failed.server);
  if (found != states_.end()) ready_.push_back(failed.server);
}

void Recent::wait_for_closed(std::stop_token stop, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  ready_changed_.wait_for(lock, stop, time, [this] { return !ready_.empty(); });
}

std::vector<model::ServerId> Recent::with_open_chunk(std::int64_t batch_up_to,
                                                     std::int64_t time_before_ms) const {
  std::vector<model::ServerId> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [server, state] : states_) {
    if (!state.open) continue;
    const auto& chunk = *state.chunks.back();
    if (chunk.first_batch <= batch_up_to || chunk.first_ms < time_before_ms)
      found.push_back(server);
  }
  return found;
}

std::optional<std::int64_t> Recent::first_batch() const {
  std::optional<std::int64_t> first;
  const std::lock_guard lock(mutex_);
  for (const auto& [server, state] : states_) {
    if (state.chunks.empty()) continue;
    const auto batch = state.chunks.front()->first_batch;
    if (!first || batch < *first) first = batch;
  }
  return first;
}

std::optional<std::int64_t> Recent::first_batch(model::ServerId server) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  if (found == states_.end() || found->second.chunks.empty()) return std::nullopt;
  return found->second.chunks.front()->first_batch;
}

}  // namespace wakeful::store::detail
