// store/detail/keeper.h: the regular work of the embedded store: packing, closing days, retention.
//
// A thread of its own packs what is closed as it comes; keep() does the rest, called by
// Samples::maintain() from one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "store/detail/day_closer.h"
#include "store/detail/packer.h"
#include "store/samples.h"

namespace wakeful::store::detail {

class Keeper {
 public:
  struct Parts {
    Recent& recent;
    PackSet& packs;
    RawReader& reader;
    JournalWriter& writer;
    Turn& turn;
  };
  explicit Keeper(const Parts& parts);
  /// Begin the thread.
  void start();
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  Result<void> keep(WallTime now, const Retention& retention, std::stop_token stop);
  /// Pack everything that is closed.
  Result<void> pack_all(std::stop_token stop);

 private:
  void run(std::stop_token stop);
  Result<void> close_days(std::int64_t now_ms, std::stop_token stop);
  bool is_quiet(const Pack& pack, std::int64_t now_ms);
  Result<void> drop_old(std::int64_t now_ms, const Retention& retention, std::stop_token stop);
  Result<void> drop_above(std::uint64_t max_bytes, std::int64_t now_ms, const Retention& retention,
                          std::stop_token stop);
  Result<bool> drop_raw(Pack& pack, std::int64_t now_ms, const Retention& retention,
                        std::stop_token stop);
  Result<void> drop_minutes(const Pack& pack);
  Result<void> set_begins(Tier tier, std::int64_t time_ms);

  const Parts parts_;
  std::mutex packing_;  ///< one packs at a time
  Packer packer_;       // under packing_
  DayCloser closer_;
  struct Quiet {
    std::uint64_t changes = 0;
    std::int64_t since_ms = 0;
  };
  std::map<std::int64_t, Quiet> quiet_;  ///< by day; of days that are over and not closed
  std::optional<std::int64_t> chunks_closed_ms_;
  std::jthread thread_;
};

}  // namespace wakeful::store::detail
