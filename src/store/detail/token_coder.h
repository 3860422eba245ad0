// store/detail/token_coder.h: tokens (small numbers of a skewed distribution) as nearly as few bits
// as their entropy. A range coder in its table-driven form (rANS): several states take turns, so
// that a processor decodes several tokens at once. docs/formats/block.md has the arithmetic.
//
// Used by the two halves of the block codec; nothing here is shared between threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/detail/bits.h"
#include "store/detail/block_format.h"

namespace wakeful::store::detail {

/// How often each token occurs, as a level: 0 never, then steps of half an octave.
struct TokenTable {
  unsigned mantissa = 0;
  unsigned size = 0;  ///< tokens 0 to size - 1
  std::array<std::uint8_t, kMaxTokens> levels{};

  static TokenTable of(unsigned mantissa, std::span<const std::uint32_t> counts);
  void write(BitWriter& out) const;
  /// errors  parse
  static Result<TokenTable> read(BitReader& in);
};

/// Slots of 2^precision that each token gets: start and number.
struct TokenSlots {
  std::array<std::uint16_t, kMaxTokens> start{};
  std::array<std::uint16_t, kMaxTokens> count{};
  unsigned size = 0;           ///< of the table
  unsigned only = kMaxTokens;  ///< the token that has them all, if one has

  TokenSlots() = default;
  TokenSlots(const TokenTable& table, unsigned precision);
};

/// Encodes backwards: the last token first.
class TokenEncoder {
 public:
  explicit TokenEncoder(Layout layout);
  /// The tokens of one column, which come before those of earlier calls.
  void put(std::span<const std::uint8_t> tokens, const TokenSlots& slots);
  /// Words, states, in the order of the format.
  void finish(std::string& out) const;

 private:
  Layout layout_;
  std::array<std::uint32_t, 8> states_{};
  std::vector<std::uint16_t> words_;  // last first
};

/// What a slot says, in one word, for the decoder's inner loop: token | (count - 1) << 8 | (slot -
/// start) << 20.
using SlotEntries = std::vector<std::uint32_t>;
SlotEntries make_entries(const TokenSlots& slots, unsigned precision);

class TokenDecoder {
 public:
  TokenDecoder(Layout layout, ByteReader& reader);
  /// The next column's tokens. false: the words end too soon
  bool get(std::span<std::uint8_t> tokens, const SlotEntries& entries);
  /// Everything was read, and the states are where the encoder began.
  bool at_end() const;

 private:
  template <unsigned kStates>
  bool get_with(std::span<std::uint8_t> tokens, const std::uint32_t* entries);

  Layout layout_;
  std::array<std::uint32_t, 8> states_{};
  const char* next_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace wakeful::store::detail
