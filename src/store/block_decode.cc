// Takes blocks apart: after the header, the tokens and extra bits of all columns (joined) or of one
// column after the other (split).
#include <algorithm>
#include <optional>
#include <utility>

#include "store/block_codec.h"
#include "store/detail/block_format.h"
#include "store/detail/block_header.h"
#include "store/detail/block_undo.h"
#include "store/detail/bytes.h"
#include "store/detail/token_coder.h"

namespace wakeful::store {
namespace {

using detail::ByteReader;
using detail::ColumnHeader;
using detail::Shape;

Error damaged(Error error) { return std::move(error).with_context("damaged block"); }

/// A decoder's walk through one block.
class Decoder {
 public:
  explicit Decoder(const detail::BlockHeader& header)
      : header_(header), slots_(header.tables.size()), entries_(header.tables.size()) {}

  /// The times and the wanted columns.
  Result<void> decode(std::span<const ColumnKey> wanted, Block& block);
  Result<void> verify_sections() const;

 private:
  Result<std::string_view> section_of(const ColumnHeader& column) const;
  Result<void> decode_joined(std::span<const std::uint8_t> is_wanted, Block& block);
  Result<void> decode_split(std::span<const std::uint8_t> is_wanted, Block& block);
  bool read_tokens(const ColumnHeader& column, detail::TokenDecoder& decoder);
  Result<void> put(std::size_t column, detail::ExtraBits& extra, Block& block);
  const detail::SlotEntries& entries_of(std::size_t table);

  const detail::BlockHeader& header_;
  std::vector<std::optional<detail::TokenSlots>> slots_;  // as the tables, made when needed
  std::vector<detail::SlotEntries> entries_;              // as the tables, made when needed
  std::vector<std::uint8_t> tokens_;                      // of the column in hand
  std::size_t filled_ = 0;                                // value columns of the answer
};

/// Split: a column's bytes after a look at their checksum.
Result<std::string_view> Decoder::section_of(const ColumnHeader& column) const {
  if (detail::block_checksum(column.section, header_.checksum) !=
      detail::word32(column.section_checksum)) {
    return fail(Errc::parse, "the checksum of the column of entity " +
                                 std::to_string(column.entity) + " and metric " +
                                 std::to_string(column.metric) + " does not hold");
  }
  return column.section;
}

Result<void> Decoder::verify_sections() const {
  for (const auto& column : header_.columns) {
    if (column.shape == 0 || !header_.layout.split) continue;
    auto section = section_of(column);
    if (!section) return fail(damaged(std::move(section.error())));
  }
  return {};
}

const detail::SlotEntries& Decoder::entries_of(std::size_t table) {
  if (entries_[table].empty()) {
    entries_[table] = detail::make_entries(*slots_[table], header_.layout.precision);
  }
  return entries_[table];
}

/// A column's tokens into tokens_.
bool Decoder::read_tokens(const ColumnHeader& header, detail::TokenDecoder& decoder) {
  const auto table = header_.shapes[header.shape - 1].table;
  if (!slots_[table]) slots_[table].emplace(header_.tables[table], header_.layout.precision);
  tokens_.resize(header.numbers);
  const unsigned only = slots_[table]->only;
  if (only < detail::kMaxTokens) {
    std::ranges::fill(tokens_, static_cast<std::uint8_t>(only));
    return true;
  }
  return decoder.get(tokens_, entries_of(table));
}

/// A column's values, from its tokens_, into the block.
Result<void> Decoder::put(std::size_t column, detail::ExtraBits& extra, Block& block) {
  const ColumnHeader& header = header_.columns[column];
  auto& values = column == 0 ? block.times_ms : block.columns[filled_].values;
  values.resize(header_.count);
  if (header.shape == 0) {
    detail::undo_constant(header, values);
  } else if (const Shape& shape = header_.shapes[header.shape - 1];
             !detail::undo_column(header, shape, *slots_[shape.table], tokens_, extra, values)) {
    return fail(Errc::parse, "a column's large numbers");
  }
  if (column > 0) {
    block.columns[filled_].entity = header.entity;
    block.columns[filled_].metric = header.metric;
    ++filled_;
  } else if (std::ranges::find(values, kMissing) != values.end()) {
    return fail(Errc::parse, "a missing time");
  }
  return {};
}

Result<void> Decoder::decode_joined(std::span<const std::uint8_t> is_wanted, Block& block) {
  ByteReader reader(header_.body);
  detail::TokenDecoder decoder(header_.layout, reader);
  detail::ExtraBits extra(reader.rest());
  const auto last = static_cast<std::size_t>(
      is_wanted.rend() - std::find(is_wanted.rbegin(), is_wanted.rend(), std::uint8_t{1}));
  for (std::size_t i = 0; i < last; ++i) {
    const auto& header = header_.columns[i];
    if (header.shape != 0 && !read_tokens(header, decoder)) {
      return fail(Errc::parse, "the end of the bytes among the tokens");
    }
    if (is_wanted[i] != 0) {
      if (auto done = put(i, extra, block); !done) return done;
    } else if (header.shape != 0) {
      const Shape& shape = header_.shapes[header.shape - 1];
      detail::skip_column(shape, *slots_[shape.table], tokens_, extra);
    }
  }
  if (extra.failed()) return fail(Errc::parse, "the end of the bytes among the extra bits");
  if (last == header_.columns.size() && (!decoder.at_end() || !extra.at_end())) {
    return fail(Errc::parse, "the length of the columns");
  }
  return {};
}

Result<void> Decoder::decode_split(std::span<const std::uint8_t> is_wanted, Block& block) {
  for (std::size_t i = 0; i < header_.columns.size(); ++i) {
    if (is_wanted[i] == 0) continue;
    detail::ExtraBits extra{std::string_view()};
    if (header_.columns[i].shape == 0) {
      if (auto done = put(i, extra, block); !done) return done;
      continue;
    }
    auto section = section_of(header_.columns[i]);
    if (!section) return fail(std::move(section.error()));
    ByteReader reader(*section);
    detail::TokenDecoder decoder(header_.layout, reader);
    if (!read_tokens(header_.columns[i], decoder)) {
      return fail(Errc::parse, "the end of the bytes among the tokens");
    }
    extra = detail::ExtraBits(reader.rest());
    if (auto done = put(i, extra, block); !done) return done;
    if (!decoder.at_end() || !extra.at_end()) return fail(Errc::parse, "the length of a column");
  }
  return {};
}

Result<void> Decoder::decode(std::span<const ColumnKey> wanted, Block& block) {
  std::vector<std::uint8_t> is_wanted(header_.columns.size(), wanted.empty() ? 1 : 0);
  is_wanted[0] = 1;
  for (std::size_t i = 1; i < header_.columns.size() && !wanted.empty(); ++i) {
    const ColumnKey key{header_.columns[i].entity, header_.columns[i].metric};
    is_wanted[i] = std::ranges::find(wanted, key) != wanted.end() ? 1 : 0;
  }
  block.columns.resize(static_cast<std::size_t>(std::ranges::count(is_wanted, std::uint8_t{1})) -
                       1);
  auto done =
      header_.layout.split ? decode_split(is_wanted, block) : decode_joined(is_wanted, block);
  if (!done) return fail(damaged(std::move(done.error())));
  return {};
}

}  // namespace

Result<Block> decode_block(std::string_view bytes, std::span<const ColumnKey> wanted) {
  Block block;
  if (auto done = decode_block_into(bytes, wanted, block); !done) {
    return fail(std::move(done.error()));
  }
  return block;
}

Result<void> decode_block_into(std::string_view bytes, std::span<const ColumnKey> wanted,
                               Block& block) {
  const auto header = detail::read_block_header(bytes);
  if (!header) return fail(Error(header.error()));
  return Decoder(*header).decode(wanted, block);
}

Result<void> verify_block(std::string_view bytes) {
  const auto header = detail::read_block_header(bytes);
  if (!header) return fail(Error(header.error()));
  return Decoder(*header).verify_sections();
}

}  // namespace wakeful::store
