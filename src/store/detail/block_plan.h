// store/detail/block_plan.h: what the encoder decides before it writes: which transform makes each
// column small, where to cut its numbers, and which columns share a table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/block_codec.h"
#include "store/detail/block_format.h"

namespace wakeful::store::detail {

/// So many numbers lie between `low` and the next bin: no cut goes through a bin.
struct NumberBin {
  std::uint64_t low = 0;
  std::uint32_t count = 0;
};

struct ColumnPlan {
  bool constant = true;
  Transform transform = Transform::offset;
  unsigned shift = 0;
  std::size_t table = 0;
  std::uint64_t unit = 1;              ///< what all steps are multiples of
  std::uint64_t base = 0;              ///< the smallest value (offset) or the first
  std::uint64_t least = 0;             ///< the smallest step (rise)
  std::vector<std::uint64_t> numbers;  ///< what is left to code
  std::vector<std::uint64_t> runs;     ///< lengths: present, absent, present…; empty: all present
  std::vector<NumberBin> bins;         ///< of numbers
};

struct TablePlan {
  unsigned mantissa = 0;
  std::vector<std::size_t> columns;
  std::vector<std::uint32_t> counts;  ///< how often each token occurs
};

struct BlockPlan {
  std::vector<ColumnPlan> columns;  ///< the times first
  std::vector<TablePlan> tables;
};

BlockPlan plan_block(const Block& block);

/// One column by itself: how it turns into numbers. block_numbers.cc
ColumnPlan plan_column(std::span<const std::int64_t> values);

/// Which tables, and which columns use which with what cut. block_tables.cc
void plan_tables(BlockPlan& plan);

/// Bits that these numbers cost with a cut, beside what `counts` of the same table already cost.
/// Infinite if the cut has too many tokens.
double added_bits(std::span<const NumberBin> bins, Cut cut, std::span<const std::uint32_t> counts);

/// A shift that leaves about eight tokens on either side of the mean.
unsigned natural_shift(std::span<const NumberBin> bins);

}  // namespace wakeful::store::detail
