// store/detail/block_undo.h: from tokens and extra bits back to values, the decoder's inner loops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "store/detail/block_header.h"

namespace wakeful::store::detail {

/// Extra bits of one column after the other.
class ExtraBits {
 public:
  explicit ExtraBits(std::string_view bytes) : window_(bytes), size_(bytes.size()) {}

  const BitWindow& window() const { return window_; }
  std::size_t at() const { return at_; }
  void move_to(std::size_t bit) { at_ = bit; }
  bool failed() const { return at_ > size_ * 8; }
  /// The last byte was begun.
  bool at_end() const { return (at_ + 7) / 8 == size_; }

 private:
  BitWindow window_;
  std::size_t size_;
  std::size_t at_ = 0;
};

/// Fill `values` (as many as the block's samples).
void undo_constant(const ColumnHeader& header, std::span<std::int64_t> values);

/// false: a token's numbers are beyond 64 bits. Extra bits beyond their end are zero, and `extra`
/// has failed.
bool undo_column(const ColumnHeader& header, const Shape& shape, const TokenSlots& slots,
                 std::span<const std::uint8_t> tokens, ExtraBits& extra,
                 std::span<std::int64_t> values);

/// Step over the extra bits of a column.
void skip_column(const Shape& shape, const TokenSlots& slots, std::span<const std::uint8_t> tokens,
                 ExtraBits& extra);

}  // namespace wakeful::store::detail
