// Takes blocks apart, in the order of their bytes: headers, groups, then each column's low bits and escapes.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/check.h"
#include "store/block_codec.h"
#include "store/detail/bits.h"
#include "store/detail/block_format.h"
#include "store/detail/bytes.h"

namespace wakeful::store {
namespace {

using detail::block_checksum;
using detail::group_key;
using detail::GroupKey;
using detail::kEscape;
using detail::Transform;
using detail::unzigzag;

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
  if (header.low_bits > detail::kMaxLowBits) return fail(Errc::parse, "a column's width");
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
  static thread_local const std::unique_ptr<ZSTD_DCtx, detail::ZstdFree> context(ZSTD_createDCtx());
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

Result<Block> decode_block(std::string_view bytes, std::span<const ColumnKey> wanted) {
  if (bytes.size() < 5) return fail(Errc::parse, "damaged block: too short");
  const auto body = bytes.substr(0, bytes.size() - 4);
  std::uint32_t sum = 0;
  for (int i = 3; i >= 0; --i)
    sum = sum << 8 | static_cast<std::uint8_t>(bytes[body.size() + static_cast<std::size_t>(i)]);
  if (sum != block_checksum(body))
    return fail(Errc::parse, "damaged block: its checksum does not hold");
  if (static_cast<std::uint8_t>(body[0]) != detail::kBlockVersion) {
    return fail(Errc::unsupported,
                "a block of format " + std::to_string(static_cast<std::uint8_t>(body[0])) +
                    ", this program knows format " + std::to_string(detail::kBlockVersion));
  }
  auto block = Decoder(body.substr(1), wanted).run();
  if (!block) return fail(std::move(block.error()).with_context("damaged block"));
  return block;
}

}  // namespace wakeful::store
