// store/detail/block_format.h: what the two halves of the block codec share. docs/formats/block.md
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include "store/detail/bits.h"

namespace wakeful::store::detail {

static_assert(std::endian::native == std::endian::little, "bits and words are read as they lie");

inline constexpr std::uint8_t kBlockVersion = 1;
inline constexpr unsigned kMaxTokens = 256;
inline constexpr unsigned kMaxTables = 64;
inline constexpr unsigned kMaxMantissa = 4;
inline constexpr unsigned kMaxShift = 48;
inline constexpr unsigned kLongShape = 63;  ///< shape numbers from here on do not fit the tag
inline constexpr unsigned kKeyWindow = 64;  ///< how far back a column's key may be foretold from

/// How a column's values become numbers. All arithmetic is modulo 2^64.
enum class Transform : std::uint8_t {
  offset = 0,          ///< value - smallest value
  delta = 1,           ///< zigzag of the step from the value before
  delta_of_delta = 2,  ///< zigzag of the step minus the step before
  rise = 3,            ///< step - smallest step
};

inline std::uint64_t zigzag(std::uint64_t v) { return (v << 1) ^ (0 - (v >> 63)); }
inline std::uint64_t unzigzag(std::uint64_t z) { return (z >> 1) ^ (0 - (z & 1)); }

/// How a number splits into a token, which is entropy coded, and extra bits, which are noise and
/// stay as they are. The lowest `shift` bits are always extra; of what is left, all but the leading
/// one and `mantissa` bits after it.
struct Cut {
  unsigned shift = 0;
  unsigned mantissa = 0;
};

struct Token {
  unsigned token = 0;
  unsigned bits = 0;  ///< how many of the number's lowest bits are extra
};

inline Token token_of(std::uint64_t number, Cut cut) {
  const std::uint64_t rest = number >> cut.shift;
  const auto width = static_cast<unsigned>(std::bit_width(rest));
  const unsigned more = width > cut.mantissa + 1 ? width - cut.mantissa - 1 : 0;
  return {(more << cut.mantissa) + static_cast<unsigned>(rest >> more), cut.shift + more};
}

/// The smallest number of a token, and how many extra bits are added to it.
struct TokenRange {
  std::uint64_t first = 0;
  unsigned bits = 0;
  bool valid = false;  ///< false: beyond 64 bits, only in damaged blocks
};

inline TokenRange range_of(unsigned token, Cut cut) {
  const unsigned more = token >> cut.mantissa >= 2 ? (token >> cut.mantissa) - 1 : 0;
  const unsigned bits = more + cut.shift;
  if (bits + cut.mantissa + 1 > 64) return {};
  return {std::uint64_t{token - (more << cut.mantissa)} << bits, bits, true};
}

/// What the byte after the version says.
struct Layout {
  bool split = false;       ///< every column's bytes by themselves, with their own checksum
  unsigned states_log = 0;  ///< states of the entropy coder: 1, 2, 4 or 8
  unsigned precision = 12;  ///< log2 of how many slots the tokens of a table share
};

inline constexpr unsigned kMinPrecision = 9;
inline constexpr unsigned kMaxPrecision = 12;

inline std::uint32_t block_checksum(std::string_view bytes, std::uint32_t seed = 0) {
  return static_cast<std::uint32_t>(
      crc32_z(seed, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

inline void put_word32(std::string& out, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(word >> shift));
}

inline std::uint32_t word32(std::string_view bytes) {
  std::uint32_t word = 0;
  for (int i = 3; i >= 0; --i)
    word = word << 8 | static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
  return word;
}

}  // namespace wakeful::store::detail
