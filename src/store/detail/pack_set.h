// store/detail/pack_set.h: all packs of a store: which there are, and connections to them.
//
// Reads: any thread. Writes: one thread at a time, with the set's own turn taken; reads go on
// meanwhile, from the file they began with, also when it is replaced or removed.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "store/detail/pack.h"
#include "store/detail/read_pool.h"

namespace wakeful::store::detail {

struct Pack {
  Pack(Period of, bool still_open, std::filesystem::path at)
      : period(of), open(still_open), path(std::move(at)), pool(path) {}
  const Period period;
  const bool open;
  const std::filesystem::path path;
  ReadPool pool;

  /// Whether it is closed and its hours are made: what pack.closed in the file says.
  bool is_rolled_up();
  void note_change() { rolled_up_ = State::no; }

 private:
  enum class State : std::uint8_t { unknown, no, yes };
  std::atomic<State> rolled_up_{State::unknown};
};

class PackSet {
 public:
  /// List the packs of a folder. read_only: nothing is made, finished or thrown away
  /// errors  io, denied
  static Result<std::unique_ptr<PackSet>> open(const std::filesystem::path& folder, bool read_only);

  /// Those of a tier that touch the time from from_ms to before_ms (exclusive), oldest first.
  std::vector<std::shared_ptr<Pack>> find(Tier tier, std::int64_t from_ms,
                                          std::int64_t before_ms) const;
  std::vector<std::shared_ptr<Pack>> all(Tier tier) const;
  /// The pack of a period now; null: there is none.
  std::shared_ptr<Pack> get(const Period& period) const;
  /// Bytes on disk of a tier's files, with what lies beside them.
  std::uint64_t bytes(Tier tier) const;

  // What follows is the writer's.
  std::unique_lock<std::mutex> writing() { return std::unique_lock(writing_); }
  /// The connection to write to the pack that a time lies in, made when absent. Valid until the next
  /// call.
  Result<Database*> writer(Tier tier, std::int64_t time_ms);
  /// Something was written to it; changes() counts that, so that what was read in the meantime is
  /// known to be old.
  void note_change(Tier tier, std::int64_t time_ms);
  std::uint64_t changes(const Period& period) const;
  /// Write its WAL back when it has grown.
  void tidy(Database& pack);
  /// A new file, not yet a pack; finish it with replace().
  Result<std::unique_ptr<Database>> begin_replacement(const Period& period);
  void abandon_replacement(const Period& period);
  /// The closed connection's file becomes the period's closed pack.
  Result<void> replace(const Period& period);
  Result<void> remove(const Period& period);

 private:
  explicit PackSet(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<void> list(bool read_only);
  static void recover(const Pack& pack);
  void put(const Period& period, bool open);
  void close_writer(const Period& period);
  std::filesystem::path scratch_path(const Period& period) const;

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::map<Period, std::shared_ptr<Pack>> packs_;  // under mutex_
  std::map<Period, std::uint64_t> changes_;        // under mutex_
  std::mutex writing_;
  std::map<Period, std::unique_ptr<Database>> writers_;  // under writing_
};

}  // namespace wakeful::store::detail
