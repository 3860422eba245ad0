// store/detail/raw_reader.h: raw samples of one kind of thing of one server, from memory and packs.
//
// thread: any. What moves from memory into a pack meanwhile is seen once: memory is looked at first,
// and of several samples with one time one counts.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/block_codec.h"
#include "store/detail/pack_set.h"
#include "store/detail/recent.h"

namespace wakeful::store::detail {

/// Samples in the order of time, none twice. Columns are as the block has them: those wanted, or all
/// (of what the block has).
using Segment = Block;

/// Whose samples, and which columns. Without columns: all.
struct RawQuery {
  model::ServerId server{};
  model::EntityKind kind = model::EntityKind::host;
  std::vector<ColumnKey> columns;
  std::int64_t from_ms = 0;
  std::int64_t before_ms = 0;  ///< exclusive
};

class RawReader {
 public:
  RawReader(const Recent& recent, const PackSet& packs) : recent_(recent), packs_(packs) {}

  /// Oldest first, in segments that do not overlap.
  /// packs  which packs to look into besides memory; empty: all
  using Visit = std::function<void(const Segment&)>;
  using Choose = std::function<bool(Pack&)>;
  Result<void> visit(const RawQuery& query, const Visit& visit, const Choose& choose = {});

  /// Newest first, until done() says so. Segments may overlap; done is asked for the time before
  /// which everything that is left lies.
  using Done = std::function<bool(std::int64_t rest_before_ms)>;
  Result<void> visit_back(const RawQuery& query, const Visit& visit, const Done& done);

  Result<bool> has_time(model::ServerId server, std::int64_t time_ms);

  /// The blocks of a pack that a query touches, decoded; a damaged one, or a damaged file, is named in
  /// the log once and left out.
  Result<std::vector<Segment>> read_pack(Pack& pack, const RawQuery& query);
  /// shape  nullopt: damaged, which is said in the log
  std::optional<Segment> decode(const Pack& pack, const BlockInfo& info, std::string_view bytes,
                                const RawQuery& query);

 private:
  Result<std::optional<Segment>> read_one(Pack& pack, Database& database, const BlockInfo& info,
                                          const RawQuery& query);
  Result<std::vector<Segment>> try_read_pack(Pack& pack, const RawQuery& query);
  Result<bool> visit_pack_back(Pack& pack, const RawQuery& query, const Visit& visit,
                               const std::function<bool(std::int64_t)>& reach);
  void note_damage(const Pack& pack, std::int64_t id, const std::string& block, const Error& error);
  bool is_damage(const Pack& pack, const Error& error);
  /// Read from a pack, or from the one that took its place meanwhile. What is gone or damaged gives
  /// `nothing`.
  template <class T, class Read>
  Result<T> read_current(Pack& pack, T nothing, const Read& read);

  const Recent& recent_;
  const PackSet& packs_;
  std::mutex mutex_;
  std::set<std::pair<std::string, std::int64_t>> damaged_;  // under mutex_
};

/// The part of a segment with from_ms <= time < before_ms.
Segment cut(Segment segment, std::int64_t from_ms, std::int64_t before_ms);
/// Segments of any order as such that follow one another without overlap.
std::vector<Segment> in_order(std::vector<Segment> segments);
/// A chunk's samples.
Segment read_chunk(const Chunk& chunk, const RawQuery& query);

}  // namespace wakeful::store::detail
