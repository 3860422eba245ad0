// store/detail/recent.h: the reports that are not yet packed into blocks, in memory, by server.
//
// The journal on disk has the same records; this is what reads look at and what the packer takes. A
// server's records come in chunks: the first record of a chunk is whole, so a chunk is read on its
// own. Only its last chunk is open, that is, still grows. thread: any; nothing is held locked for
// longer than a batch takes to be copied.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/server.h"
#include "store/detail/record.h"

namespace wakeful::store::detail {

struct Chunk {
  std::string records;
  std::uint32_t count = 0;
  std::int64_t first_batch = 0;  ///< the journal keeps all from here on
  std::int64_t last_batch = 0;
  std::int64_t first_ms = 0;  ///< the oldest and the newest time, wherever it stands
  std::int64_t last_ms = 0;
};

/// A record that was committed to the journal.
struct NewRecord {
  model::ServerId server{};
  std::string_view bytes;
  bool begins_chunk = false;
  const Row* row = nullptr;  ///< the same, read
  /// The batch that has the whole record this one builds on, where that is an earlier one.
  std::int64_t builds_on = 0;
};

class Recent {
 public:
  /// Take a committed batch in.
  void add(std::int64_t batch, std::span<const NewRecord> records);
  /// What is known of a server from before the journal's first batch.
  void set_newest(model::ServerId server, const Row& row);
  void forget(model::ServerId server);
  /// No more records go into the server's open chunk. Contract: the next record begins one.
  void close_chunk(model::ServerId server);

  /// All chunks that touch a stretch of time, oldest first. The open one is copied.
  /// from_ms, before_ms  before_ms is exclusive
  std::vector<std::shared_ptr<const Chunk>> chunks(model::ServerId server, std::int64_t from_ms,
                                                   std::int64_t before_ms) const;
  /// Of all records.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::optional<std::int64_t> newest_ms(model::ServerId server) const;
  /// The newest report by time. shape  nullopt: none is known
  std::optional<Row> newest(model::ServerId server) const;
  /// Servers with a newest report, in rising order.
  std::vector<model::ServerId> servers() const;
  std::size_t server_count() const;

  struct Taken {
    model::ServerId server{};
    std::vector<std::shared_ptr<const Chunk>> chunks;  ///< closed ones, oldest first
  };
  /// Closed chunks of up to so many servers; they stay until drop(). Each server is given once for
  /// all chunks it has by then.
  std::vector<Taken> take_closed(std::size_t servers);
  /// These chunks are in blocks now.
  void drop(const Taken& packed);
  /// They could not be packed: give them again.
  void put_back(const Taken& failed);
  /// Wait until there is a closed chunk, or the time is over, or stop is asked for.
  void wait_for_closed(std::stop_token stop, std::chrono::milliseconds time);

  /// Servers whose open chunk has a record from a batch up to this one, or a time before this one.
  std::vector<model::ServerId> with_open_chunk(std::int64_t batch_up_to,
                                               std::int64_t time_before_ms) const;
  /// The first batch that has a record not yet packed; nullopt: all are packed.
  std::optional<std::int64_t> first_batch() const;
  std::optional<std::int64_t> first_batch(model::ServerId server) const;

 private:
  struct State {
    std::vector<std::shared_ptr<Chunk>> chunks;
    bool open = false;    ///< the last chunk is
    bool queued = false;  ///< in ready_, or taken
    Row newest;           ///< its shape is null before the first report
  };
  void enqueue(model::ServerId server, State& state);

  mutable std::mutex mutex_;
  std::condition_variable_any ready_changed_;
  std::unordered_map<model::ServerId, State> states_;  // under mutex_
  std::deque<model::ServerId> ready_;                  // under mutex_
  std::atomic<std::size_t> bytes_{0};                  // written under mutex_
};

}  // namespace wakeful::store::detail
