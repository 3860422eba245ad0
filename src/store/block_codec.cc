#include "store/block_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include <zlib.h>
#include <zstd.h>

#include "base/check.h"
#include "store/detail/bits.h"
#include "store/detail/bytes.h"

// How a column becomes small. Its values turn into differences (whichever of three kinds is
// smallest), the differences into unsigned numbers (zigzag). Their low bits are noise that no coder
// can shrink: these are packed as they are. What is left, one byte a value, has a skewed
// distribution: columns that were cut at the same place are laid end to end and given to zstd,
// whose Huffman stage does the rest. Sharing one stream among like columns is what makes small
// blocks small.
namespace wakeful::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr unsigned kMaxLowBits = detail::kMaxPackedBits;
constexpr std::uint64_t kEscape = 255;

enum class Transform : std::uint8_t { constant = 0, offset = 1, delta = 2, delta_of_delta = 3 };

std::uint64_t zigzag(std::uint64_t v) { return (v << 1) ^ (0 - (v >> 63)); }
std::uint64_t unzigzag(std::uint64_t z) { return (z >> 1) ^ (0 - (z & 1)); }

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
  auto bits = std::min(kMaxLowBits, static_cast<unsigned>(std::bit_width(largest)));
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

/// Columns cut alike share a stream.
using GroupKey = std::uint16_t;
GroupKey group_key(Transform transform, unsigned low_bits) {
  return static_cast<GroupKey>(static_cast<unsigned>(transform) << 8 | low_bits);
}

struct CompressorFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

void put_compressed(std::string& out, const std::string& symbols) {
  static thread_local const std::unique_ptr<ZSTD_CCtx, CompressorFree> context(ZSTD_createCCtx());
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

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

// Decoding, in the order of the bytes: headers, groups, then each column's low bits and escapes.

struct Header {
  ColumnKey key;  ///< of a value column
  Transform transform = Transform::constant;
  unsigned low_bits = 0;
  std::uint64_t base = 0;
  std::vector<std::uint64_t> runs;
  std::size_t present = 0;
  std::size_t escape_bytes = 0;

  std::size_t numbers() const {
    return transform == Transform::constant || present == 0 ? 0 : present - 1;
  }
};

/// errors  parse: what does not hold
Result<Header> read_header(detail::ByteReader& reader, std::size_t count) {
  Header header;
  const auto tag = reader.byte();
  header.transform = static_cast<Transform>(tag >> 6);
  header.low_bits = tag & 63;
  if (header.low_bits > kMaxLowBits) return fail(Errc::parse, "a column's width");
  header.base = static_cast<std::uint64_t>(reader.signed_number());
  header.runs.resize(reader.count(1));
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < header.runs.size(); ++i) {
    header.runs[i] = reader.unsigned_number();
    if (header.runs[i] > count - total) return fail(Errc::parse, "a column's runs");
    total += header.runs[i];
    if (i % 2 == 0) header.present += header.runs[i];
  }
  if (header.runs.empty()) header.present = count;
  if (!header.runs.empty() && total != count) return fail(Errc::parse, "a column's runs");
  if (header.transform != Transform::constant) {
    header.escape_bytes = reader.count(1);
    if (header.present == 0) return fail(Errc::parse, "a column without values");
  }
  if (reader.failed()) return fail(Errc::parse, "the end of the bytes among the columns");
  return header;
}

Result<std::string> decompress(std::string_view packed, std::size_t size) {
  static thread_local const std::unique_ptr<ZSTD_DCtx, CompressorFree> context(ZSTD_createDCtx());
  WAKEFUL_CHECK(context != nullptr);
  std::string symbols(size, '\0');
  const auto got =
      ZSTD_decompressDCtx(context.get(), symbols.data(), size, packed.data(), packed.size());
  if (ZSTD_isError(got) || got != size) return fail(Errc::parse, "a group's compressed bytes");
  return symbols;
}

/// One column's part of its group and of the tail.
struct ColumnBytes {
  std::string_view symbols;
  std::string_view low;
  std::string_view escapes;
};

/// Values of the present samples.
Result<std::vector<std::uint64_t>> undo(const Header& header, const ColumnBytes& bytes) {
  std::vector<std::uint64_t> values(header.present, header.base);
  detail::ByteReader escapes(bytes.escapes);
  std::uint64_t previous = header.base;
  std::uint64_t slope = 0;
  for (std::size_t i = 0; i < header.numbers(); ++i) {
    std::uint64_t symbol = static_cast<std::uint8_t>(bytes.symbols[i]);
    if (symbol == kEscape) symbol += escapes.unsigned_number();
    const std::uint64_t number =
        symbol << header.low_bits | detail::packed_number(bytes.low, i, header.low_bits);
    const std::uint64_t step = unzigzag(number);
    if (header.transform == Transform::offset) {
      values[i + 1] = header.base + step;
      continue;
    }
    slope = header.transform == Transform::delta ? step : slope + step;
    previous += slope;
    values[i + 1] = previous;
  }
  if (escapes.failed() || !escapes.at_end())
    return fail(Errc::parse, "a column's large differences");
  return values;
}

std::vector<std::int64_t> put_missing(const Header& header, const std::vector<std::uint64_t>& dense,
                                      std::size_t count) {
  std::vector<std::int64_t> values(count, kMissing);
  std::size_t from = 0;
  std::size_t to = 0;
  const auto copy = [&](std::size_t length) {
    for (std::size_t i = 0; i < length; ++i)
      values[to++] = static_cast<std::int64_t>(dense[from++]);
  };
  if (header.runs.empty()) copy(count);
  for (std::size_t i = 0; i < header.runs.size(); ++i) {
    if (i % 2 == 0) {
      copy(header.runs[i]);
    } else {
      to += header.runs[i];
    }
  }
  return values;
}

/// A decoder's walk through one block.
class Decoder {
 public:
  Decoder(std::string_view bytes, std::span<const ColumnKey> wanted)
      : bytes_(bytes), wanted_(wanted) {}

  Result<Block> run();

 private:
  bool is_wanted(std::size_t column) const {
    return column == 0 || wanted_.empty() ||
           std::ranges::find(wanted_, headers_[column].key) != wanted_.end();
  }
  Result<void> read_headers(detail::ByteReader& reader);
  Result<void> read_groups(detail::ByteReader& reader);
  Result<void> read_tail(detail::ByteReader& reader);

  std::string_view bytes_;
  std::span<const ColumnKey> wanted_;
  std::size_t count_ = 0;
  std::vector<Header> headers_;        // the times first
  std::vector<ColumnBytes> parts_;     // as headers_
  std::vector<std::string> unpacked_;  // what parts_ points into
};

Result<void> Decoder::read_headers(detail::ByteReader& reader) {
  count_ = reader.unsigned_number();
  const auto columns = reader.count(4);  // a column takes four bytes at least
  if (count_ == 0 || count_ > kMaxBlockSamples || columns > kMaxBlockColumns) {
    return fail(Errc::parse, "the block's size");
  }
  std::uint64_t entity = 0;
  for (std::size_t i = 0; i <= columns; ++i) {
    ColumnKey key;
    if (i > 0) {
      entity += static_cast<std::uint64_t>(reader.signed_number());
      const auto metric = reader.unsigned_number();
      if (metric > 0xffff) return fail(Errc::parse, "a column's metric");
      key = {entity, static_cast<std::uint16_t>(metric)};
    }
    auto header = read_header(reader, count_);
    if (!header) return fail(std::move(header.error()));
    header->key = key;
    headers_.push_back(std::move(*header));
  }
  if (headers_[0].present != count_) return fail(Errc::parse, "a missing time");
  std::size_t values = 0;
  for (std::size_t i = 0; i < headers_.size(); ++i) values += is_wanted(i) ? count_ : 0;
  if (values > kMaxBlockValues) return fail(Errc::parse, "the block's size");
  return {};
}

Result<void> Decoder::read_groups(detail::ByteReader& reader) {
  std::map<GroupKey, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    if (headers_[i].transform != Transform::constant) {
      members[group_key(headers_[i].transform, headers_[i].low_bits)].push_back(i);
    }
  }
  parts_.resize(headers_.size());
  unpacked_.reserve(members.size());  // so that views into short strings stay true
  for (const auto& [key, columns] : members) {
    std::size_t size = 0;
    bool any = false;
    for (const auto column : columns) {
      size += headers_[column].numbers();
      any = any || is_wanted(column);
    }
    const auto packed_size = reader.unsigned_number();
    std::string_view symbols = reader.bytes(packed_size == 0 ? size : packed_size);
    if (reader.failed()) return fail(Errc::parse, "the end of the bytes among the groups");
    if (!any) continue;
    if (packed_size != 0) {
      if (size > kMaxBlockValues) return fail(Errc::parse, "the block's size");
      auto unpacked = decompress(symbols, size);
      if (!unpacked) return fail(std::move(unpacked.error()));
      symbols = unpacked_.emplace_back(std::move(*unpacked));
    }
    for (const auto column : columns) {
      parts_[column].symbols = symbols.substr(0, headers_[column].numbers());
      symbols.remove_prefix(headers_[column].numbers());
    }
  }
  return {};
}

Result<void> Decoder::read_tail(detail::ByteReader& reader) {
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    if (headers_[i].transform == Transform::constant) continue;
    parts_[i].low = reader.bytes(detail::packed_bytes(headers_[i].numbers(), headers_[i].low_bits));
    parts_[i].escapes = reader.bytes(headers_[i].escape_bytes);
  }
  if (reader.failed() || !reader.at_end()) return fail(Errc::parse, "the length of the columns");
  return {};
}

Result<Block> Decoder::run() {
  detail::ByteReader reader(bytes_);
  if (auto done = read_headers(reader); !done) return fail(std::move(done.error()));
  if (auto done = read_groups(reader); !done) return fail(std::move(done.error()));
  if (auto done = read_tail(reader); !done) return fail(std::move(done.error()));
  Block block;
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    if (!is_wanted(i)) continue;
    auto dense = undo(headers_[i], parts_[i]);
    if (!dense) return fail(std::move(dense.error()));
    auto values = put_missing(headers_[i], *dense, count_);
    if (i == 0) {
      if (std::ranges::find(values, kMissing) != values.end()) {
        return fail(Errc::parse, "a missing time");
      }
      block.times_ms = std::move(values);
    } else {
      block.columns.push_back({headers_[i].key.entity, headers_[i].key.metric, std::move(values)});
    }
  }
  return block;
}

}  // namespace

std::string encode_block(const Block& block) {
  const std::size_t count = block.times_ms.size();
  WAKEFUL_CHECK(count >= 1 && count <= kMaxBlockSamples);
  WAKEFUL_CHECK(block.columns.size() <= kMaxBlockColumns &&
                count * (block.columns.size() + 1) <= kMaxBlockValues);
  std::string out;
  out.push_back(static_cast<char>(kVersion));
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
  const auto sum = checksum(out);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(sum >> shift));
  return out;
}

Result<Block> decode_block(std::string_view bytes, std::span<const ColumnKey> wanted) {
  if (bytes.size() < 5) return fail(Errc::parse, "damaged block: too short");
  const auto body = bytes.substr(0, bytes.size() - 4);
  std::uint32_t sum = 0;
  for (int i = 3; i >= 0; --i)
    sum = sum << 8 | static_cast<std::uint8_t>(bytes[body.size() + static_cast<std::size_t>(i)]);
  if (sum != checksum(body)) return fail(Errc::parse, "damaged block: its checksum does not hold");
  if (static_cast<std::uint8_t>(body[0]) != kVersion) {
    return fail(Errc::unsupported, "a block of format " +
                                       std::to_string(static_cast<std::uint8_t>(body[0])) +
                                       ", this program knows format " + std::to_string(kVersion));
  }
  auto block = Decoder(body.substr(1), wanted).run();
  if (!block) return fail(std::move(block.error()).with_context("damaged block"));
  return block;
}

}  // namespace wakeful::store
