// store/detail/bytes.h: the few shapes of number and text that our blobs are made of.
//
// Unsigned numbers are LEB128 (7 bits a byte, lowest first, at most 10 bytes); signed ones are
// zigzag coded first (0, -1, 1, -2 become 0, 1, 2, 3); texts are their length and their bytes.
// The reader accepts any bytes: after the first thing that cannot be, it gives zeros and failed()
// stays true.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wakeful::store::detail {

inline void put_unsigned(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_signed(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_unsigned(out, (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

inline void put_text(std::string& out, std::string_view text) {
  put_unsigned(out, text.size());
  out.append(text);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  /// What is still unread.
  std::string_view rest() const { return rest_; }

  std::uint8_t byte() {
    if (rest_.empty()) return give_up();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t unsigned_number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t next = byte();
      if (shift == 63 && next > 1) return give_up();
      value |= (next & 0x7f) << shift;
      if ((next & 0x80) == 0) return value;
    }
    return give_up();
  }

  std::int64_t signed_number() {
    const auto value = unsigned_number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }

  /// How many things follow, each at least so many bytes: never more than the bytes can hold, so
  /// that a damaged number cannot make us reserve memory.
  std::size_t count(std::size_t bytes_each) {
    const auto value = unsigned_number();
    if (value > rest_.size() / bytes_each) return give_up();
    return static_cast<std::size_t>(value);
  }

  std::string_view text() { return bytes(count(1)); }

  /// The next so many bytes.
  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      give_up();
      return {};
    }
    const auto value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return value;
  }

 private:
  std::uint8_t give_up() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace wakeful::store::detail
