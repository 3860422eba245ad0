// How a column becomes small. Its values turn into numbers (whichever transform is smallest). A
// number splits into a token, its rough size, and extra bits, noise that no coder can shrink: these
// are packed as they are. Tokens have a skewed distribution and are entropy coded. Columns whose
// tokens are distributed alike share a table, which is what makes small blocks small.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/check.h"
#include "store/block_codec.h"
#include "store/detail/bits.h"
#include "store/detail/block_format.h"
#include "store/detail/block_keys.h"
#include "store/detail/block_plan.h"
#include "store/detail/bytes.h"
#include "store/detail/token_coder.h"

namespace wakeful::store {
namespace {

using detail::BlockPlan;
using detail::ColumnPlan;
using detail::Layout;

// From so many samples on, a column's own bytes and checksum cost less than 0.2 % and reading one
// column alone is worth more.
constexpr std::size_t kSplitSamples = 4'096;

struct Shape {
  detail::Transform transform;
  unsigned shift;
  std::size_t table;
  std::uint64_t unit;
  bool operator==(const Shape&) const = default;
};

class Encoder {
 public:
  explicit Encoder(const Block& block) : block_(block), plan_(detail::plan_block(block)) {}

  std::string run();

 private:
  void choose_layout();
  void make_tables();
  void put_tables(std::string& out);
  void put_column(std::string& out, std::size_t column);
  std::vector<std::uint8_t> cut_column(std::size_t column, detail::BitWriter& extra) const;
  std::string encode_section(std::size_t first, std::size_t last) const;

  const Block& block_;
  BlockPlan plan_;
  Layout layout_;
  std::vector<detail::TokenTable> tables_;
  std::vector<detail::TokenSlots> slots_;
  std::vector<Shape> shapes_;
  std::vector<std::size_t> shape_of_;  // of each column
};

void Encoder::choose_layout() {
  std::size_t numbers = 0;
  for (const auto& column : plan_.columns) numbers += column.numbers.size();
  layout_.split = block_.times_ms.size() >= kSplitSamples;
  // A state costs two bytes, and saves time where there are many tokens.
  layout_.states_log = numbers < 600 ? 0 : numbers < 2'000 ? 1 : 2;
  layout_.precision = numbers < 6'000 ? 10 : 11;
}

void Encoder::make_tables() {
  for (const auto& table : plan_.tables) {
    tables_.push_back(detail::TokenTable::of(table.mantissa, table.counts));
    slots_.emplace_back(tables_.back(), layout_.precision);
  }
  for (const auto& column : plan_.columns) {
    if (column.constant) {
      shape_of_.push_back(0);
      continue;
    }
    const Shape shape{column.transform, column.shift, column.table, column.unit};
    const auto at = std::ranges::find(shapes_, shape);
    shape_of_.push_back(static_cast<std::size_t>(at - shapes_.begin()) + 1);
    if (at == shapes_.end()) shapes_.push_back(shape);
  }
}

void Encoder::put_tables(std::string& out) {
  detail::BitWriter bits(out);
  bits.put_small(static_cast<unsigned>(tables_.size()));
  for (const auto& table : tables_) table.write(bits);
  bits.put_small(static_cast<unsigned>(shapes_.size()));
  for (const auto& shape : shapes_) {
    bits.put(static_cast<unsigned>(shape.transform), 2);
    bits.put(shape.shift, 6);
    bits.put_small(static_cast<unsigned>(shape.table));
    const auto width = static_cast<unsigned>(std::bit_width(shape.unit)) - 1;
    bits.put(width, 6);
    bits.put(shape.unit, std::min(width, 32U));
    bits.put(shape.unit >> 32, width > 32 ? width - 32 : 0);
  }
  bits.flush();
}

void Encoder::put_column(std::string& out, std::size_t column) {
  const ColumnPlan& plan = plan_.columns[column];
  bool foretold = true;
  if (column > 0) {
    const auto& self = block_.columns[column - 1];
    foretold =
        detail::foretell_key(block_.columns, column - 1) == ColumnKey{self.entity, self.metric};
  }
  const auto shape = std::min<std::size_t>(shape_of_[column], detail::kLongShape);
  out.push_back(static_cast<char>((foretold ? 0 : 1) | (plan.runs.empty() ? 0 : 2) | shape << 2));
  if (shape == detail::kLongShape) detail::put_unsigned(out, shape_of_[column]);
  if (!foretold) {
    const auto& self = block_.columns[column - 1];
    const std::uint64_t before = column > 1 ? block_.columns[column - 2].entity : 0;
    detail::put_signed(out, static_cast<std::int64_t>(self.entity - before));
    detail::put_unsigned(out, self.metric);
  }
  if (!plan.runs.empty()) {
    detail::put_unsigned(out, plan.runs.size());
    for (const auto run : plan.runs) detail::put_unsigned(out, run);
  }
  detail::put_signed(out, static_cast<std::int64_t>(plan.base));
  if (!plan.constant && plan.transform == detail::Transform::rise) {
    detail::put_signed(out, static_cast<std::int64_t>(plan.least));
  }
}

/// Tokens of a column; the extra bits go to `extra`.
std::vector<std::uint8_t> Encoder::cut_column(std::size_t column, detail::BitWriter& extra) const {
  const ColumnPlan& plan = plan_.columns[column];
  const detail::Cut cut{plan.shift, tables_[plan.table].mantissa};
  std::vector<std::uint8_t> tokens(plan.numbers.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto number = plan.numbers[i];
    const auto token = detail::token_of(number, cut);
    tokens[i] = static_cast<std::uint8_t>(token.token);
    extra.put(number, std::min(token.bits, 32U));
    if (token.bits > 32) extra.put(number >> 32, token.bits - 32);
  }
  return tokens;
}

/// Columns first to last - 1.
std::string Encoder::encode_section(std::size_t first, std::size_t last) const {
  std::string extra;
  detail::BitWriter bits(extra);
  std::vector<std::vector<std::uint8_t>> tokens(last - first);
  for (std::size_t i = first; i < last; ++i) {
    if (!plan_.columns[i].constant) tokens[i - first] = cut_column(i, bits);
  }
  bits.flush();
  detail::TokenEncoder encoder(layout_);
  for (std::size_t i = last; i-- > first;) {
    if (!plan_.columns[i].constant) {
      encoder.put(tokens[i - first], slots_[plan_.columns[i].table]);
    }
  }
  std::string out;
  encoder.finish(out);
  return out + extra;
}

std::string Encoder::run() {
  choose_layout();
  make_tables();
  std::vector<std::string> sections;
  for (std::size_t i = 0; i < plan_.columns.size() && layout_.split; ++i) {
    if (!plan_.columns[i].constant) sections.push_back(encode_section(i, i + 1));
  }
  std::string header;
  if (layout_.split) {
    detail::put_unsigned(header, sections.size());
    for (const auto& section : sections) detail::put_unsigned(header, section.size());
  }
  detail::put_unsigned(header, block_.times_ms.size());
  detail::put_unsigned(header, block_.columns.size());
  put_tables(header);
  for (std::size_t i = 0; i < plan_.columns.size(); ++i) put_column(header, i);
  std::string out;
  out.push_back(static_cast<char>(detail::kBlockVersion));
  out.push_back(static_cast<char>((layout_.split ? 1U : 0U) | layout_.states_log << 1 |
                                  layout_.precision << 3));
  if (layout_.split) detail::put_unsigned(out, header.size());
  out += header;
  if (!layout_.split) out += encode_section(0, plan_.columns.size());
  const auto sum = detail::block_checksum(out);
  detail::put_word32(out, sum);
  for (const auto& section : sections) {
    out += section;
    detail::put_word32(out, detail::block_checksum(section, sum));
  }
  return out;
}

}  // namespace

std::string encode_block(const Block& block) {
  const std::size_t count = block.times_ms.size();
  WAKEFUL_CHECK(count >= 1 && count <= kMaxBlockSamples);
  WAKEFUL_CHECK(block.columns.size() <= kMaxBlockColumns &&
                count * (block.columns.size() + 1) <= kMaxBlockValues);
  for (const auto& column : block.columns) WAKEFUL_CHECK(column.values.size() == count);
  return Encoder(block).run();
}

}  // namespace wakeful::store
