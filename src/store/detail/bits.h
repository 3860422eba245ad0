// store/detail/bits.h: single bits and numbers of a few bits in bytes, lowest bit first. Used by the
// two halves of the block codec.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "store/detail/bytes.h"

namespace wakeful::store::detail {

/// Widest number that one put() or one window takes: started at any bit of a byte it still fits in
/// 64 bits.
inline constexpr unsigned kMaxPackedBits = 56;

inline std::uint64_t low_mask(unsigned width) { return (std::uint64_t{1} << width) - 1; }

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// Append the lowest `width` bits (at most kMaxPackedBits) of a number.
  void put(std::uint64_t number, unsigned width) {
    pending_ |= (number & low_mask(width)) << filled_;
    filled_ += width;
    while (filled_ >= 8) {
      out_.push_back(static_cast<char>(pending_));
      pending_ >>= 8;
      filled_ -= 8;
    }
  }
  /// A small number in few bits: with n = value + 1 of w bits, w - 1 ones, a zero, and the lowest
  /// w - 1 bits of n.
  void put_small(unsigned value) {
    const auto width = static_cast<unsigned>(std::bit_width(value + 1)) - 1;
    put(low_mask(width), width + 1);
    put(value + 1, width);
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

/// Reads what BitWriter wrote from the bytes that a ByteReader stands at. Past their end come zeros,
/// and the ByteReader has failed.
class BitReader {
 public:
  explicit BitReader(ByteReader& bytes) : bytes_(bytes) {}

  std::uint64_t get(unsigned width) {
    while (filled_ < width) {
      pending_ |= std::uint64_t{bytes_.byte()} << filled_;
      filled_ += 8;
    }
    const auto value = pending_ & low_mask(width);
    pending_ >>= width;
    filled_ -= width;
    return value;
  }
  unsigned get_small() {
    unsigned width = 0;
    while (width < 20 && get(1) == 1) ++width;
    return static_cast<unsigned>((std::uint64_t{1} << width | get(width)) - 1);
  }

 private:
  ByteReader& bytes_;
  std::uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

/// Any 64 bits out of bytes, zeros after their end, without a slow path: the last bytes are copied to
/// where reading on does no harm.
class BitWindow {
 public:
  explicit BitWindow(std::string_view bytes)
      : data_(bytes.data()), safe_(bytes.size() < 8 ? 0 : bytes.size() - 7) {
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(safe_), bytes.end(), tail_);
  }
  std::uint64_t at_byte(std::size_t byte) const {
    std::uint64_t window;
    std::memcpy(&window,
                byte < safe_ ? data_ + byte : tail_ + std::min<std::size_t>(byte - safe_, 8), 8);
    return window;
  }

 private:
  const char* data_;
  std::size_t safe_;  // bytes before this one have seven more after them
  char tail_[16] = {};
};

}  // namespace wakeful::store::detail
