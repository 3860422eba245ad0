// store/block_codec.h: many samples as few bytes. Pure: columns of integers in, bytes out, and
// back.
//
// A block holds one shared time column and any number of value columns, all of the same length.
// Values are integers in their metric's quantum; a sample that was not measured is kMissing. The
// bytes are described to the bit in docs/formats/block.md, carry a version and a checksum, and
// decoding any bytes whatever ends in a value or an error: never a crash, never memory beyond what
// the sizes of the input justify.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wakeful::store {

/// A sample that is not there. No quantised value reaches it (ranges in metrics.def are far
/// smaller).
inline constexpr std::int64_t kMissing = std::numeric_limits<std::int64_t>::min();

inline constexpr std::size_t kMaxBlockSamples = 1 << 17;  ///< a day at one a second is 86,400
inline constexpr std::size_t kMaxBlockColumns = 1 << 16;
inline constexpr std::size_t kMaxBlockValues = 1 << 24;  ///< samples x columns

struct BlockColumn {
  std::uint64_t entity = 0;          ///< whose; the store's numbering
  std::uint16_t metric = 0;          ///< model::Metric's number
  std::vector<std::int64_t> values;  ///< as many as times; kMissing where there is none
  bool operator==(const BlockColumn&) const = default;
};

struct Block {
  std::vector<std::int64_t> times_ms;  ///< at least one; any order is kept, ascending costs least
  std::vector<BlockColumn> columns;
  bool operator==(const Block&) const = default;
};

/// Contract: at least one time, at most the limits above, all columns as long as times_ms.
std::string encode_block(const Block& block);

/// Which columns to decode; an empty list means all of them.
struct ColumnKey {
  std::uint64_t entity = 0;
  std::uint16_t metric = 0;
  bool operator==(const ColumnKey&) const = default;
};

/// Decode the times and the wanted columns, in the order of the block; wanted columns that it lacks
/// are not in the answer. errors  parse: the checksum or a size does not hold (says which);
/// unsupported: a version this program does not know
Result<Block> decode_block(std::string_view bytes, std::span<const ColumnKey> wanted = {});
/// The same into a block that was used before: its vectors are filled again, which saves a reader of
/// many blocks most of its time with the allocator. After an error `block` holds anything.
Result<void> decode_block_into(std::string_view bytes, std::span<const ColumnKey> wanted,
                               Block& block);

/// Verify every checksum and size of a block without decoding its samples. decode_block verifies
/// only what it looks at: in a block of many samples each column has its own checksum, so that a
/// damaged byte costs the column it lies in.
/// errors  as decode_block
Result<void> verify_block(std::string_view bytes);

}  // namespace wakeful::store
