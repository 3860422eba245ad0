#include "store/detail/block_undo.h"

#include <algorithm>
#include <array>

namespace wakeful::store::detail {
namespace {

struct Entry {
  std::uint64_t first;
  std::uint64_t mask;
  unsigned bits;
};
using Entries = std::array<Entry, kMaxTokens>;

/// Numbers one after the other.
template <bool kWide>
struct Reader {
  const Entries& entries;
  const BitWindow& window;
  std::size_t at;

  std::uint64_t operator()(std::uint8_t token) {
    const Entry& entry = entries[token];
    const std::size_t byte = at / 8;
    const unsigned shift = at % 8;
    std::uint64_t bits = window.at_byte(byte) >> shift;
    if constexpr (kWide) bits |= window.at_byte(byte + 7) << 1 << (55 - shift);
    at += entry.bits;
    return entry.first + (bits & entry.mask);
  }
};

/// The same number again and again: times at a regular pace.
struct Repeater {
  std::uint64_t number;
  std::size_t at;

  std::uint64_t operator()(std::uint8_t) const { return number; }
};

/// shape  where the column's extra bits end
template <Transform kTransform, class Numbers>
std::size_t undo(const ColumnHeader& header, std::uint64_t unit,
                 std::span<const std::uint8_t> tokens, Numbers numbers, std::int64_t* out) {
  const std::uint64_t base = header.base;
  const std::uint64_t least = header.least;
  std::uint64_t value = base;
  std::uint64_t slope = 0;
  if constexpr (kTransform != Transform::offset) *out++ = static_cast<std::int64_t>(value);
  for (const auto token : tokens) {
    const std::uint64_t number = numbers(token);
    if constexpr (kTransform == Transform::offset) {
      value = base + number * unit;
    } else if constexpr (kTransform == Transform::delta) {
      value += unzigzag(number) * unit;
    } else if constexpr (kTransform == Transform::rise) {
      value += least + number * unit;
    } else {
      slope += unzigzag(number) * unit;
      value += slope;
    }
    *out++ = static_cast<std::int64_t>(value);
  }
  return numbers.at;
}

template <class Numbers>
std::size_t undo_with(const ColumnHeader& header, const Shape& shape,
                      std::span<const std::uint8_t> tokens, Numbers numbers, std::int64_t* out) {
  switch (shape.transform) {
    case Transform::offset:
      return undo<Transform::offset>(header, shape.unit, tokens, numbers, out);
    case Transform::delta:
      return undo<Transform::delta>(header, shape.unit, tokens, numbers, out);
    case Transform::delta_of_delta:
      return undo<Transform::delta_of_delta>(header, shape.unit, tokens, numbers, out);
    case Transform::rise:
      break;
  }
  return undo<Transform::rise>(header, shape.unit, tokens, numbers, out);
}

/// Present values lie at the front: from the last run on, move each to where it belongs.
void spread(std::span<const std::uint64_t> runs, std::size_t present,
            std::span<std::int64_t> values) {
  std::size_t to = values.size();
  std::size_t from = present;
  for (std::size_t i = runs.size(); i-- > 0;) {
    const auto length = static_cast<std::size_t>(runs[i]);
    to -= length;
    if (i % 2 == 1) {
      std::fill_n(values.data() + to, length, kMissing);
    } else {
      from -= length;
      std::copy_backward(values.data() + from, values.data() + from + length,
                         values.data() + to + length);
    }
  }
}

}  // namespace

void undo_constant(const ColumnHeader& header, std::span<std::int64_t> values) {
  std::ranges::fill(values, static_cast<std::int64_t>(header.base));
  spread(header.runs, header.present, values);
}

bool undo_column(const ColumnHeader& header, const Shape& shape, const TokenSlots& slots,
                 std::span<const std::uint8_t> tokens, ExtraBits& extra,
                 std::span<std::int64_t> values) {
  Entries entries;  // filled for the tokens that can come
  unsigned widest = 0;
  for (unsigned token = 0; token < slots.size; ++token) {
    const TokenRange range = range_of(token, shape.cut);
    // A table may have tokens that are too large for this column's cut; this column has none of
    // them unless it is damaged.
    if (!range.valid && slots.count[token] > 0 && std::ranges::find(tokens, token) != tokens.end())
      return false;
    if (slots.count[token] > 0) widest = std::max(widest, range.bits);
    entries[token] = {range.first, low_mask(range.bits), range.bits};
  }
  const auto undo_from = [&](auto numbers) {
    extra.move_to(undo_with(header, shape, tokens, numbers, values.data()));
  };
  if (slots.only < kMaxTokens && widest == 0) {
    undo_from(Repeater{entries[slots.only].first, extra.at()});
  } else if (widest > kMaxPackedBits) {
    undo_from(Reader<true>{entries, extra.window(), extra.at()});
  } else {
    undo_from(Reader<false>{entries, extra.window(), extra.at()});
  }
  spread(header.runs, header.present, values);
  return true;
}

void skip_column(const Shape& shape, const TokenSlots& slots, std::span<const std::uint8_t> tokens,
                 ExtraBits& extra) {
  std::array<std::uint8_t, kMaxTokens> bits;  // filled for the tokens that can come
  unsigned widest = 0;
  for (unsigned token = 0; token < slots.size; ++token) {
    bits[token] = static_cast<std::uint8_t>(range_of(token, shape.cut).bits);
    widest = std::max<unsigned>(widest, bits[token]);
  }
  if (widest == 0) return;
  std::size_t sum = 0;
  for (const auto token : tokens) sum += bits[token];
  extra.move_to(extra.at() + sum);
}

}  // namespace wakeful::store::detail
