// store/detail/packer.h: moves reports from the journal into the packs' blocks.
//
// Closed chunks of several servers become blocks in one transaction per pack, which also notes how
// far each server is packed; only then do the chunks leave memory, and later the journal. A crash in
// between packs nothing twice and loses nothing. One thread at a time; appends and reads go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "store/detail/checkpointer.h"
#include "store/detail/journal_writer.h"
#include "store/detail/pack_set.h"
#include "store/detail/recent.h"

namespace wakeful::store::detail {

class Packer {
 public:
  Packer(Recent& recent, PackSet& packs, JournalWriter& writer, Turn& writers_turn)
      : recent_(recent),
        packs_(packs),
        writer_(writer),
        turn_(writers_turn),
        old_batch_(writer.last_batch()),
        last_batch_(old_batch_) {}

  /// Pack some of what is closed. shape  false: there is nothing closed
  /// errors  io, unavailable: it stays where it is, and may be tried again
  Result<bool> pack_some();

  /// Remove batches from the journal that are packed. When it was done a moment ago and little came
  /// since, unless told to, do nothing.
  Result<void> trim(bool now);

  /// Close the chunks of servers with a record from before a time, or one that waits for long.
  void close_chunks(std::int64_t time_before_ms);
  /// Close the chunks that have not grown full since the call before the last one.
  void close_old_chunks();

 private:
  struct Packed {
    std::vector<PackBlock> blocks;
    std::map<std::int64_t, std::int64_t> up_to;  ///< server -> batch
  };
  using ByDay = std::map<std::int64_t, Packed>;  ///< by the day's beginning

  void add(const Recent::Taken& taken, ByDay& days);
  Result<void> write(std::int64_t day_ms, const Packed& packed);
  template <class Step>
  Result<void> in_steps(const Step& step);

  Recent& recent_;
  PackSet& packs_;
  JournalWriter& writer_;
  Turn& turn_;
  std::size_t packed_bytes_ = 0;  ///< since the journal was trimmed
  std::chrono::steady_clock::time_point trimmed_at_ = std::chrono::steady_clock::now();
  /// Of the call before the last one of close_old_chunks(). What is from before the start grows no
  /// more: the replay ended its chunk.
  std::int64_t old_batch_;
  std::int64_t last_batch_;
};

}  // namespace wakeful::store::detail
