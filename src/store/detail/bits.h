// store/detail/bits.h: numbers of a fixed width packed into bytes, lowest bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wakeful::store::detail {

/// Widest number: one that starts at any bit of a byte still fits a 64-bit load.
inline constexpr unsigned kMaxPackedBits = 56;

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// Append the lowest `width` bits (at most kMaxPackedBits) of a number.
  void put(std::uint64_t number, unsigned width) {
    pending_ |= (number & ((std::uint64_t{1} << width) - 1)) << filled_;
    filled_ += width;
    while (filled_ >= 8) {
      out_.push_back(static_cast<char>(pending_));
      pending_ >>= 8;
      filled_ -= 8;
    }
  }
  /// Fill the last byte with zeros.
  void flush() {
    if (filled_ > 0) out_.push_back(static_cast<char>(pending_));
    pending_ = 0;
    filled_ = 0;
  }

 private:
  std::string& out_;
  std::uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

inline std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

/// Number `index` of those packed; bytes must hold it (packed_bytes).
inline std::uint64_t packed_number(std::string_view bytes, std::size_t index, unsigned width) {
  const std::size_t bit = index * width;
  const std::size_t at = bit / 8;
  std::uint64_t window = 0;
  if (at + 8 <= bytes.size()) {
    std::memcpy(&window, bytes.data() + at, 8);
  } else if (at < bytes.size()) {
    std::memcpy(&window, bytes.data() + at, bytes.size() - at);
  }
  return (window >> (bit % 8)) & ((std::uint64_t{1} << width) - 1);
}

}  // namespace wakeful::store::detail
