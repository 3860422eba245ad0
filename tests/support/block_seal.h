// tests/support/block_seal.h: puts the right checksums into a block's bytes wherever its sizes allow
// it, so that tests and the fuzzer reach what lies behind them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "store/detail/bytes.h"

namespace wakeful::store {

inline std::uint32_t put_checksum(std::string& bytes, std::size_t from, std::size_t to,
                                  std::uint32_t seed) {
  const auto sum = static_cast<std::uint32_t>(
      crc32_z(seed, reinterpret_cast<const unsigned char*>(bytes.data()) + from, to - from));
  for (std::size_t i = 0; i < 4; ++i) bytes[to + i] = static_cast<char>(sum >> (8 * i));
  return sum;
}

inline std::string seal_block(std::string bytes) {
  if (bytes.size() < 6) return bytes;
  if ((bytes[1] & 1) == 0) {
    put_checksum(bytes, 0, bytes.size() - 4, 0);
    return bytes;
  }
  const std::string copy = bytes;
  detail::ByteReader reader(std::string_view(copy).substr(2));
  const auto header = reader.text();
  if (reader.failed() || reader.rest().size() < 4) return bytes;
  std::size_t at = copy.size() - reader.rest().size();
  const auto seed = put_checksum(bytes, 0, at, 0);
  at += 4;
  detail::ByteReader sizes(header);
  for (auto left = sizes.count(1); left > 0; --left) {
    const auto size = sizes.unsigned_number();
    if (size > copy.size() - at || copy.size() - at - size < 4) break;
    put_checksum(bytes, at, at + size, seed);
    at += size + 4;
  }
  return bytes;
}

}  // namespace wakeful::store
