#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "base/check.h"
#include "store/block_codec.h"
#include "store/detail/bits.h"
#include "store/detail/block_format.h"
#include "store/detail/bytes.h"

// How a column becomes small. Its values turn into differences (whichever of three kinds is
// smallest), the differences into unsigned numbers (zigzag). Their low bits are noise that no coder
// can shrink: these are packed as they are. What is left, one byte a value, has a skewed
// distribution: columns that were cut at the same place are laid end to end and given to zstd,
// whose Huffman stage does the rest. Sharing one stream among like columns is what makes small
// blocks small.
namespace wakeful::store {
namespace {

using detail::block_checksum;
using detail::group_key;
using detail::GroupKey;
using detail::kEscape;
using detail::Transform;
using detail::zigzag;

/// A column's values without the missing ones, as unsigned (all arithmetic wraps, and unwraps the
/// same).
struct Dense {
  std::vector<std::uint64_t> values;
  std::vector<std::uint64_t> runs;  ///< lengths: present, absent, present…; empty: all present
};

Dense drop_missing(std::span<const std::int64_t> values) {
  Dense dense;
  dense.values.reserve(values.size());
  bool present = true;
  std::uint64_t run = 0;
  for (const auto value : values) {
    if ((value != kMissing) != present) {
      dense.runs.push_back(std::exchange(run, 0));
      present = !present;
    }
    ++run;
    if (present) dense.values.push_back(static_cast<std::uint64_t>(value));
  }
  if (!dense.runs.empty() || !present) dense.runs.push_back(run);
  return dense;
}

struct EncodedColumn {
  Transform transform = Transform::constant;
  unsigned low_bits = 0;
  std::uint64_t base = 0;
  std::string symbols;
  std::string low;
  std::string escapes;
};

std::vector<std::uint64_t> differences(std::span<const std::uint64_t> values, Transform transform) {
  std::vector<std::uint64_t> out;
  out.reserve(values.size());
  std::uint64_t previous = values[0];
  std::uint64_t slope = 0;
  for (const auto value : values.subspan(1)) {
    const std::uint64_t step = value - previous;
    if (transform == Transform::offset) {
      out.push_back(zigzag(value - values[0]));
    } else {
      out.push_back(zigzag(transform == Transform::delta ? step : step - slope));
    }
    previous = value;
    slope = step;
  }
  return out;
}

/// n * log2(n), the currency of entropy; small n from a table because encoding asks millions of
/// times.
double n_log_n(std::uint32_t n) {
  static const auto table = [] {
    std::array<float, 4096> made{};
    for (std::uint32_t i = 2; i < made.size(); ++i) made[i] = static_cast<float>(i * std::log2(i));
    return made;
  }();
  return n < table.size() ? static_cast<double>(table[n]) : n * std::log2(n);
}

/// Bits that cutting at low_bits would cost: packed bits, entropy of the symbols, escapes.
double cost_bits(std::span<const std::uint64_t> numbers, unsigned low_bits) {
  std::array<std::uint32_t, 256> counts{};
  double cost = static_cast<double>(numbers.size()) * low_bits;
  for (const auto number : numbers) ++counts[std::min(number >> low_bits, kEscape)];
  for (const auto count : counts) cost -= n_log_n(count);
  cost += n_log_n(static_cast<std::uint32_t>(numbers.size()));
  return cost + 16.0 * counts[kEscape];
}

struct Cut {
  unsigned low_bits = 0;
  double cost_bits = 0;
};

/// Where to cut: cost falls and then rises with the width, so the walk down from the top may stop
/// at the first rise.
Cut best_cut(std::span<const std::uint64_t> numbers) {
  const auto largest = *std::ranges::max_element(numbers);
  auto bits = std::min(detail::kMaxLowBits, static_cast<unsigned>(std::bit_width(largest)));
  Cut best{bits, cost_bits(numbers, bits)};
  unsigned rises = 0;
  while (bits > 0 && rises < 2) {
    --bits;
    const double cost = cost_bits(numbers, bits);
    rises = cost < best.cost_bits ? 0 : rises + 1;
    if (cost < best.cost_bits) best = {bits, cost};
  }
  return best;
}

EncodedColumn encode_column(std::span<const std::uint64_t> values) {
  EncodedColumn column;
  if (values.empty()) return column;
  column.base = values[0];
  if (std::ranges::all_of(values, [&](auto value) { return value == values[0]; })) return column;
  std::vector<std::uint64_t> best;
  double best_cost = 0;
  for (const auto transform : {Transform::delta, Transform::offset, Transform::delta_of_delta}) {
    auto numbers = differences(values, transform);
    const Cut cut = best_cut(numbers);
    if (best.empty() || cut.cost_bits < best_cost) {
      best = std::move(numbers);
      best_cost = cut.cost_bits;
      column.transform = transform;
      column.low_bits = cut.low_bits;
    }
  }
  detail::BitWriter low(column.low);
  column.symbols.reserve(best.size());
  for (const auto number : best) {
    const auto symbol = number >> column.low_bits;
    column.symbols.push_back(static_cast<char>(std::min(symbol, kEscape)));
    if (symbol >= kEscape) detail::put_unsigned(column.escapes, symbol - kEscape);
    low.put(number, column.low_bits);
  }
  low.flush();
  return column;
}

void put_compressed(std::string& out, const std::string& symbols) {
  static thread_local const std::unique_ptr<ZSTD_CCtx, detail::ZstdFree> context(ZSTD_createCCtx());
  WAKEFUL_CHECK(context != nullptr);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  std::string packed(ZSTD_compressBound(symbols.size()), '\0');
  const auto size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), symbols.data(), symbols.size());
  WAKEFUL_CHECK(!ZSTD_isError(size));
  if (size < symbols.size()) {
    detail::put_unsigned(out, size);
    out.append(packed, 0, size);
  } else {
    detail::put_unsigned(out, 0);  // stored as it is
    out += symbols;
  }
}

void put_header(std::string& out, const EncodedColumn& column,
                const std::vector<std::uint64_t>& runs) {
  out.push_back(static_cast<char>(static_cast<unsigned>(column.transform) << 6 | column.low_bits));
  detail::put_signed(out, static_cast<std::int64_t>(column.base));
  detail::put_unsigned(out, runs.size());
  for (const auto run : runs) detail::put_unsigned(out, run);
  if (column.transform != Transform::constant) detail::put_unsigned(out, column.escapes.size());
}

}  // namespace

std::string encode_block(const Block& block) {
  const std::size_t count = block.times_ms.size();
  WAKEFUL_CHECK(count >= 1 && count <= kMaxBlockSamples);
  WAKEFUL_CHECK(block.columns.size() <= kMaxBlockColumns &&
                count * (block.columns.size() + 1) <= kMaxBlockValues);
  std::string out;
  out.push_back(static_cast<char>(detail::kBlockVersion));
  detail::put_unsigned(out, count);
  detail::put_unsigned(out, block.columns.size());
  std::map<GroupKey, std::string> groups;
  std::string tail;
  const auto add = [&](std::span<const std::int64_t> values) {
    WAKEFUL_CHECK(values.size() == count);
    const Dense dense = drop_missing(values);
    const EncodedColumn column = encode_column(dense.values);
    put_header(out, column, dense.runs);
    if (column.transform != Transform::constant)
      groups[group_key(column.transform, column.low_bits)] += column.symbols;
    tail += column.low;
    tail += column.escapes;
  };
  add(block.times_ms);
  std::uint64_t previous_entity = 0;
  for (const auto& column : block.columns) {
    detail::put_signed(out, static_cast<std::int64_t>(column.entity - previous_entity));
    detail::put_unsigned(out, column.metric);
    previous_entity = column.entity;
    add(column.values);
  }
  for (const auto& [key, symbols] : groups) put_compressed(out, symbols);
  out += tail;
  const auto sum = block_checksum(out);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(sum >> shift));
  return out;
}

}  // namespace wakeful::store
