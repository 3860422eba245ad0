// store/detail/block_header.h: a block without its samples, for the decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/block_codec.h"
#include "store/detail/block_format.h"
#include "store/detail/token_coder.h"

namespace wakeful::store::detail {

/// How the numbers of some columns were made.
struct Shape {
  Transform transform = Transform::offset;
  Cut cut;
  std::size_t table = 0;
  std::uint64_t unit = 1;
};

struct ColumnHeader {
  std::uint64_t entity = 0;
  std::uint16_t metric = 0;
  std::uint64_t shape = 0;  ///< 0: constant; else the number of its Shape, counted from 1
  std::uint64_t base = 0;
  std::uint64_t least = 0;
  std::vector<std::uint64_t> runs;
  std::size_t present = 0;
  std::size_t numbers = 0;
  std::string_view section;  ///< its bytes in a split block
  std::string_view section_checksum;
};

struct BlockHeader {
  Layout layout;
  std::size_t count = 0;       ///< samples
  std::uint32_t checksum = 0;  ///< verified: of the header, or of a joined block
  std::vector<TokenTable> tables;
  std::vector<Shape> shapes;
  std::vector<ColumnHeader> columns;  ///< the times first
  std::string_view body;              ///< joined: all columns' tokens and extra bits
};

/// The views in it point into `bytes`.
/// errors  as decode_block
Result<BlockHeader> read_block_header(std::string_view bytes);

}  // namespace wakeful::store::detail
