// store/detail/block_builder.h: samples into blocks: one for the host's figures of a server, one for
// its cores, one for all its containers, each with one column of times.
//
// Rows and whole blocks may be added in any order; what comes out is in the order of time, one
// sample per time. Pure. Used by the packer, and when a day is closed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "store/block_codec.h"
#include "store/detail/record.h"

namespace wakeful::store::detail {

/// The kinds of blocks, in the order of their ids.
inline constexpr std::array kBlockKinds{model::EntityKind::host, model::EntityKind::container,
                                        model::EntityKind::core};

/// Blocks of one kind.
class BlockBuilder {
 public:
  /// A new time; its values follow.
  void begin_sample(std::int64_t time_ms) { block_.times_ms.push_back(time_ms); }
  /// The column of an entity's metric, made when it is not there. Stays what it is.
  std::size_t column(std::uint64_t entity, std::uint16_t metric);
  /// The first value given for a time and a column counts.
  void add(std::size_t column, std::int64_t value);

  void add_block(const Block& block);

  bool empty() const { return block_.times_ms.empty(); }
  std::size_t samples() const { return block_.times_ms.size(); }

  /// All samples, as split_up() makes them. Leaves the builder empty.
  std::vector<Block> take();
  /// The same as one, whatever its size: to be read, not to be encoded.
  Block take_whole();

 private:
  void order();

  Block block_;  ///< columns may be shorter than times: the rest is missing
  std::unordered_map<std::uint64_t, std::size_t> index_;  ///< entity << 16 | metric
};

/// Ordered samples as blocks within the codec's limits; columns without a value are left out. All
/// columns of an entity are in the same blocks; other entities' may be in blocks of the same times.
std::vector<Block> split_up(Block whole);

/// Blocks of all kinds from the rows of one server.
class RowBlocks {
 public:
  void add(const Row& row);
  BlockBuilder& of(model::EntityKind kind);

 private:
  struct Target {
    BlockBuilder* builder = nullptr;
    std::size_t column = 0;
  };
  void take_shape(const std::shared_ptr<const Shape>& shape);

  std::array<BlockBuilder, kBlockKinds.size()> builders_;
  std::shared_ptr<const Shape> shape_;
  std::vector<Target> targets_;                     ///< one per slot of the shape
  std::array<bool, kBlockKinds.size()> touched_{};  ///< kinds the shape has
};

}  // namespace wakeful::store::detail
