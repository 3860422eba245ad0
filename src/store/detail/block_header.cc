// Reads a block up to where its tokens begin: version, layout, tables, columns' headers.
#include "store/detail/block_header.h"

#include <algorithm>
#include <utility>

#include "store/detail/block_keys.h"
#include "store/detail/bytes.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kShortest = 10;  // bytes of any block

class HeaderReader {
 public:
  /// errors  parse
  Result<BlockHeader> read(std::string_view bytes);

 private:
  Result<std::string_view> verified(std::string_view bytes);
  Result<void> read_header(ByteReader& reader);
  Result<void> read_shapes(ByteReader& reader);
  Result<ColumnHeader> read_column(ByteReader& reader);
  Result<void> read_runs(ByteReader& reader, ColumnHeader& header) const;
  Result<void> find_sections(std::span<const std::uint64_t> sizes);

  BlockHeader block_;
};

/// The bytes that the first checksum is about, without version, layout and the checksum itself.
Result<std::string_view> HeaderReader::verified(std::string_view bytes) {
  if (bytes.size() < kShortest) return fail(Errc::parse, "too short");
  const auto flags = static_cast<std::uint8_t>(bytes[1]);
  block_.layout = {(flags & 1) != 0, flags >> 1 & 3U, flags >> 3 & 15U};
  std::size_t size = bytes.size() - 4;
  std::size_t from = 2;
  if (block_.layout.split) {
    ByteReader reader(bytes.substr(2));
    const auto header = reader.count(1);
    from = bytes.size() - reader.rest().size();
    size = from + header;
    if (reader.failed() || size + 4 > bytes.size()) {
      return fail(Errc::parse, "its header's size does not hold");
    }
  }
  block_.checksum = block_checksum(bytes.substr(0, size));
  if (word32(bytes.substr(size)) != block_.checksum) {
    return fail(Errc::parse, block_.layout.split ? "its header's checksum does not hold"
                                                 : "its checksum does not hold");
  }
  block_.body = bytes.substr(size + 4);  // split: where the sections begin
  return bytes.substr(from, size - from);
}

Result<BlockHeader> HeaderReader::read(std::string_view bytes) {
  const auto header = verified(bytes);
  if (!header) return fail(Error(header.error()));
  ByteReader reader(*header);
  if (auto done = read_header(reader); !done) return fail(std::move(done.error()));
  if (!block_.layout.split) {
    block_.body = reader.rest();
  } else if (!reader.at_end()) {
    return fail(Errc::parse, "the length of the header");
  }
  return std::move(block_);
}

Result<void> HeaderReader::read_header(ByteReader& reader) {
  if (block_.layout.precision < kMinPrecision || block_.layout.precision > kMaxPrecision) {
    return fail(Errc::parse, "the block's precision");
  }
  std::vector<std::uint64_t> sections;
  if (block_.layout.split) {
    sections.resize(reader.count(1));
    for (auto& size : sections) size = reader.unsigned_number();
  }
  block_.count = reader.unsigned_number();
  const auto columns = reader.count(2);  // a column takes two bytes at least
  if (block_.count == 0 || block_.count > kMaxBlockSamples || columns > kMaxBlockColumns ||
      block_.count * (columns + 1) > kMaxBlockValues) {
    return fail(Errc::parse, "the block's size");
  }
  if (auto done = read_shapes(reader); !done) return done;
  for (std::size_t i = 0; i <= columns; ++i) {
    auto column = read_column(reader);
    if (!column) return fail(std::move(column.error()));
    block_.columns.push_back(std::move(*column));
  }
  if (reader.failed()) return fail(Errc::parse, "the end of the bytes among the columns");
  if (block_.columns[0].present != block_.count) return fail(Errc::parse, "a missing time");
  return block_.layout.split ? find_sections(sections) : Result<void>{};
}

Result<void> HeaderReader::read_shapes(ByteReader& reader) {
  BitReader bits(reader);
  const unsigned tables = bits.get_small();
  if (tables > kMaxTables) return fail(Errc::parse, "the number of the tables");
  for (unsigned i = 0; i < tables && !reader.failed(); ++i) {
    auto table = TokenTable::read(bits);
    if (!table) return fail(std::move(table.error()));
    block_.tables.push_back(*table);
  }
  const unsigned shapes = bits.get_small();
  for (unsigned i = 0; i < shapes && !reader.failed(); ++i) {
    Shape shape;
    shape.transform = static_cast<Transform>(bits.get(2));
    shape.cut.shift = static_cast<unsigned>(bits.get(6));
    shape.table = bits.get_small();
    const auto width = static_cast<unsigned>(bits.get(6));
    shape.unit = bits.get(std::min(width, 32U));
    shape.unit |= bits.get(width > 32 ? width - 32 : 0) << 32;
    shape.unit |= std::uint64_t{1} << width;
    if (shape.table >= block_.tables.size() || shape.cut.shift > kMaxShift) {
      return fail(Errc::parse, "a column's cut");
    }
    shape.cut.mantissa = block_.tables[shape.table].mantissa;
    block_.shapes.push_back(shape);
  }
  if (reader.failed()) return fail(Errc::parse, "the end of the bytes among the tables");
  return {};
}

Result<ColumnHeader> HeaderReader::read_column(ByteReader& reader) {
  ColumnHeader header;
  const auto tag = reader.byte();
  const std::size_t column = block_.columns.size();
  if (column > 0) {
    const auto values = std::span(block_.columns).subspan(1);
    const auto key = foretell_key(values, column - 1);
    header.entity = key.entity;
    header.metric = key.metric;
  }
  header.shape = tag >> 2;
  if (header.shape == kLongShape) header.shape = reader.unsigned_number();
  if (header.shape > block_.shapes.size()) return fail(Errc::parse, "a column's shape");
  if ((tag & 1) != 0) {
    const std::uint64_t before = column > 1 ? block_.columns[column - 1].entity : 0;
    header.entity = before + static_cast<std::uint64_t>(reader.signed_number());
    const auto metric = reader.unsigned_number();
    if (metric > 0xffff) return fail(Errc::parse, "a column's metric");
    header.metric = static_cast<std::uint16_t>(metric);
  }
  header.present = block_.count;
  if ((tag & 2) != 0) {
    if (auto done = read_runs(reader, header); !done) return fail(std::move(done.error()));
  }
  header.base = static_cast<std::uint64_t>(reader.signed_number());
  if (header.shape == 0) return header;
  if (header.present == 0) return fail(Errc::parse, "a column without values");
  const auto transform = block_.shapes[header.shape - 1].transform;
  if (transform == Transform::rise) {
    header.least = static_cast<std::uint64_t>(reader.signed_number());
  }
  header.numbers = transform == Transform::offset ? header.present : header.present - 1;
  return header;
}

Result<void> HeaderReader::read_runs(ByteReader& reader, ColumnHeader& header) const {
  header.runs.resize(reader.count(1));
  std::uint64_t total = 0;
  header.present = 0;
  for (std::size_t i = 0; i < header.runs.size(); ++i) {
    header.runs[i] = reader.unsigned_number();
    if (header.runs[i] > block_.count - total) return fail(Errc::parse, "a column's runs");
    total += header.runs[i];
    if (i % 2 == 0) header.present += header.runs[i];
  }
  if (total != block_.count) return fail(Errc::parse, "a column's runs");
  return {};
}

/// Split: every column's bytes, without looking into them.
Result<void> HeaderReader::find_sections(std::span<const std::uint64_t> sizes) {
  ByteReader reader(block_.body);
  std::size_t next = 0;
  for (auto& column : block_.columns) {
    if (column.shape == 0) continue;
    if (next == sizes.size()) return fail(Errc::parse, "the number of the columns");
    column.section = reader.bytes(sizes[next++]);
    column.section_checksum = reader.bytes(4);
  }
  if (reader.failed() || !reader.at_end() || next != sizes.size()) {
    return fail(Errc::parse, "the length of the columns");
  }
  return {};
}

}  // namespace

Result<BlockHeader> read_block_header(std::string_view bytes) {
  const auto version = bytes.empty() ? kBlockVersion : static_cast<std::uint8_t>(bytes[0]);
  if (version != kBlockVersion) {
    return fail(Errc::unsupported, "a block of format " + std::to_string(version) +
                                       ", this program knows format " +
                                       std::to_string(kBlockVersion));
  }
  auto header = HeaderReader().read(bytes);
  if (!header) return fail(std::move(header.error()).with_context("damaged block"));
  return header;
}

}  // namespace wakeful::store::detail
