// store/detail/day_closer.h: what becomes of a day's pack when the day is over, and when it is old.
//
// Closing writes the file anew with one block per server and kind and makes the day's hours. When raw
// samples are to go, the day's minutes are made first: as long as a day is raw, its minutes follow
// from it and are not stored (docs/decisions/0008-roll-ups.md). One thread at a time; packing, appends
// and reads go on. What is cut off is begun anew the next time.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "store/detail/pack_set.h"
#include "store/detail/raw_reader.h"

namespace wakeful::store::detail {

class DayCloser {
 public:
  DayCloser(PackSet& packs, RawReader& reader) : packs_(packs), reader_(reader) {}

  /// shape  false: stopped, or the pack changed meanwhile; it stays as it is
  Result<bool> close(Pack& pack, std::stop_token stop);

  /// Make the minutes of a day. shape  false: stopped, or the pack changed meanwhile
  Result<bool> make_minutes(Pack& pack, std::stop_token stop);

 private:
  struct Group {
    model::ServerId server{};
    model::EntityKind kind = model::EntityKind::host;
  };
  static Result<std::vector<Group>> groups_of(Database& pack);
  /// Put groups' roll-ups into a tier's pack, in one transaction.
  /// shape  false: the day's pack changed since `changes` was read, nothing was put
  struct RolledUp {
    Group group;
    Block block;
  };
  Result<bool> put_rolled_up(Tier tier, const Period& day, std::uint64_t changes,
                             const std::vector<RolledUp>& made);
  Result<bool> write_closed(Pack& pack, Database& from, Database& to, std::uint64_t changes,
                            std::stop_token stop);
  Result<void> copy_state(Database& from, Database& to);
  Result<Block> copy_group(Pack& pack, Database& from, Database& to, const Group& group);

  PackSet& packs_;
  RawReader& reader_;
};

}  // namespace wakeful::store::detail
