// store/detail/block_format.h: what the two halves of the block codec share. docs/formats/block.md
#pragma once

#include <cstdint>
#include <string_view>

#include <zlib.h>
#include <zstd.h>

#include "store/detail/bits.h"

namespace wakeful::store::detail {

inline constexpr std::uint8_t kBlockVersion = 1;
inline constexpr unsigned kMaxLowBits = kMaxPackedBits;
inline constexpr std::uint64_t kEscape = 255;

enum class Transform : std::uint8_t { constant = 0, offset = 1, delta = 2, delta_of_delta = 3 };

inline std::uint64_t zigzag(std::uint64_t v) { return (v << 1) ^ (0 - (v >> 63)); }
inline std::uint64_t unzigzag(std::uint64_t z) { return (z >> 1) ^ (0 - (z & 1)); }

/// Columns cut alike share a stream.
using GroupKey = std::uint16_t;
inline GroupKey group_key(Transform transform, unsigned low_bits) {
  return static_cast<GroupKey>(static_cast<unsigned>(transform) << 8 | low_bits);
}

struct ZstdFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

inline std::uint32_t block_checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace wakeful::store::detail
