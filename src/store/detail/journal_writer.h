// store/detail/journal_writer.h: every write to samples.db.
//
// For one thread at a time; SqliteSamples sees to that (its turn). Each call is one transaction,
// short enough to hold the next append up by milliseconds only.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "store/detail/journal_memory.h"
#include "store/detail/pack.h"
#include "store/detail/recent.h"
#include "store/detail/sqlite_db.h"
#include "store/samples.h"

namespace wakeful::store::detail {

class JournalWriter {
 public:
  /// Whether a server has a sample with this very time, in what is stored already.
  using TimeTaken = std::function<Result<bool>(model::ServerId, std::int64_t time_ms)>;

  /// database and recent must outlive the writer. unpacked_bytes: StoreOptions
  static Result<std::unique_ptr<JournalWriter>> open(Database& database, Recent& recent,
                                                     std::size_t unpacked_bytes,
                                                     TimeTaken time_taken);

  /// Read the batches that a crash or a stop left, into recent.
  /// packed_up_to  the last batch of a server that the pack of a time has; 0 for none
  using PackedUpTo = std::function<std::int64_t(model::ServerId, std::int64_t time_ms)>;
  Result<void> replay(const PackedUpTo& packed_up_to);

  std::int64_t identity() const { return identity_; }
  /// thread: any
  TierBegins begins() const { return {raw_from_ms_, minutes_from_ms_}; }
  /// Raw samples, or minutes, from before are about to go.
  Result<void> set_begins(const TierBegins& begins);

  Result<std::vector<Appended>> append(std::span<const AcceptedReport> reports);

  /// Close the open chunks of servers, so that they can be packed.
  void close_chunks(std::span<const model::ServerId> servers);

  /// Bring to the tables what later batches do not tell, before earlier ones go.
  Result<void> save(std::span<const model::ServerId> servers);
  std::vector<model::ServerId> servers() const { return memory_.servers(); }
  std::int64_t last_batch() const { return next_batch_ - 1; }
  /// Remove batches up to this one. shape  false: none are left
  Result<bool> trim(std::int64_t batch);
  /// Give free space of the file back, if it is much. shape  false: there is not much
  Result<bool> shrink();

  /// From here on the server is unknown; its blocks are the caller's concern.
  Result<void> begin_remove_server(model::ServerId server);
  Result<void> end_remove_server(model::ServerId server);
  /// Servers whose removal was cut off by a crash.
  Result<std::vector<model::ServerId>> half_removed();
  /// Runs of agents and names of containers that were last seen before.
  Result<void> forget_unseen(std::int64_t runs_before_ms, std::int64_t names_before_ms);

  Result<void> check_writable();

 private:
  JournalWriter(Database& database, Recent& recent, std::size_t unpacked_bytes,
                TimeTaken time_taken)
      : database_(database),
        recent_(recent),
        unpacked_bytes_(unpacked_bytes),
        time_taken_(std::move(time_taken)),
        memory_(database) {}
  Result<void> load();
  Result<void> read_newest();
  Result<void> replay_batch(std::int64_t batch, std::string_view records,
                            const PackedUpTo& packed_up_to);
  Result<void> replay_record(std::int64_t batch, model::ServerId server, std::string_view bytes,
                             const PackedUpTo& packed_up_to);

  Result<Appended> append_one(const AcceptedReport& accepted);
  Result<bool> is_stored(const AcceptedReport& accepted, const ServerMemory& server,
                         const RunMemory& run) const;
  Result<void> number_containers(const AcceptedReport& accepted, ServerMemory& memory);
  Result<std::uint32_t> number_container(const AcceptedReport& accepted, const std::string& name,
                                         ServerMemory& memory);
  Result<EntityMemory> find_container(const AcceptedReport& accepted, const std::string& name,
                                      ServerMemory& memory);
  Result<void> find_free_time(model::ServerId server, const ServerMemory& memory, Row& row) const;
  void encode_sequences(const RunMemory& run, const ServerMemory& server);
  void put_record(model::ServerId id, ServerMemory& server, const RunMemory& run, Row& row);
  void note_facts(const AcceptedReport& accepted, ServerMemory& memory);
  Result<void> write_batch();
  Result<void> write_touched();
  void settle(bool committed);
  bool is_chunk_full(model::ServerId id, const ServerMemory& server) const;
  Result<void> save_server(model::ServerId id, ServerMemory& memory);

  Database& database_;
  Recent& recent_;
  const std::size_t unpacked_bytes_;
  const TimeTaken time_taken_;
  JournalMemory memory_;
  std::unordered_set<std::int64_t> removed_;
  std::int64_t identity_ = 0;
  std::atomic<std::int64_t> raw_from_ms_{0};
  std::atomic<std::int64_t> minutes_from_ms_{0};
  std::int64_t next_batch_ = 1;

  // Of the transaction under way.
  struct Record {
    model::ServerId server{};
    std::size_t first = 0;  ///< in batch_
    std::size_t size = 0;
    bool begins_chunk = false;
  };
  std::vector<std::pair<model::ServerId, ServerMemory*>> touched_;
  std::string batch_;
  std::vector<Record> records_;
  std::deque<Row> rows_;  ///< one per record; kept, so that a report allocates nothing
  std::vector<std::uint32_t> container_numbers_;
  std::string blob_;
  std::string record_;
};

}  // namespace wakeful::store::detail
