// Which columns share a table. A table costs some tens of bytes, so a block of a hundred samples
// wants few; columns of one shape (noise about a value, say) have tokens distributed alike once
// each is cut in proportion to its own spread, whatever they measure.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "store/detail/block_plan.h"

namespace wakeful::store::detail {
namespace {

// What describing a table, one more token of it, and one more way to cut costs, in bits.
constexpr double kTableBits = 22;
constexpr double kTokenBits = 2.5;
constexpr double kGapBits = 1;
constexpr double kShapeBits = 13;
constexpr double kTooMany = std::numeric_limits<double>::infinity();

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

/// Tokens of some bins.
struct Tokens {
  std::array<std::uint32_t, kMaxTokens> counts{};
  unsigned size = 0;
  double extra_bits = 0;

  /// false: too many
  bool add(std::span<const NumberBin> bins, Cut cut) {
    for (const auto& bin : bins) {
      const Token token = token_of(bin.low, cut);
      if (token.token >= kMaxTokens) return false;
      counts[token.token] += bin.count;
      size = std::max(size, token.token + 1);
      extra_bits += static_cast<double>(bin.count) * token.bits;
    }
    return true;
  }
};

/// Bits of the tokens and of the table itself.
double table_bits(std::span<const std::uint32_t> counts) {
  double bits = kTableBits + kGapBits * static_cast<double>(counts.size());
  std::uint32_t total = 0;
  for (const auto count : counts) {
    bits += count > 0 ? kTokenBits : 0;
    bits -= n_log_n(count);
    total += count;
  }
  return bits + n_log_n(total);
}

struct Choice {
  double bits = kTooMany;
  std::size_t table = 0;
  Cut cut;
};

class TablePlanner {
 public:
  explicit TablePlanner(BlockPlan& plan) : plan_(plan) {}

  void add(std::size_t column) {
    const auto& bins = plan_.columns[column].bins;
    Choice best;
    const unsigned natural = natural_shift(bins);
    for (std::size_t table = 0; table < plan_.tables.size(); ++table)
      try_table(column, table, best);
    // The last table has to fit whatever comes; one of up to two bits does.
    const unsigned finest = plan_.tables.size() + 1 < kMaxTables ? 3 : 2;
    const bool may_add = plan_.tables.size() < kMaxTables;
    for (unsigned mantissa = 1; mantissa <= finest && may_add; ++mantissa) {
      for (const unsigned shift : {0U, natural, natural + 1}) {
        if (shift == 0 && natural > 4 && mantissa == 1) continue;
        const Cut cut{shift, mantissa};
        const double bits = added_bits(bins, cut, {}) + kShapeBits;
        if (bits < best.bits) best = {bits, plan_.tables.size(), cut};
        if (natural == 0) break;
      }
    }
    WAKEFUL_CHECK(best.bits < kTooMany);
    take(column, best);
  }

  /// Now that a table knows its columns: finer or coarser, all of them together.
  void refine() {
    for (auto& table : plan_.tables) {
      double bits = bits_with(table, 0, 0);
      bool better = true;
      while (better) {
        better = false;
        for (const auto& [shift, mantissa] : kSteps) {
          const double tried = bits_with(table, shift, mantissa);
          if (tried >= bits) continue;
          bits = tried;
          move(table, shift, mantissa);
          better = true;
        }
      }
    }
  }

 private:
  // Ten thousand containers have many more columns; looking at all of each table takes seconds.
  static constexpr std::size_t kLookBack = 512;
  static constexpr std::array<std::pair<int, int>, 6> kSteps{
      {{-1, 0}, {0, 1}, {-1, 1}, {1, 0}, {0, -1}, {1, -1}}};

  void try_table(std::size_t column, std::size_t table, Choice& best) const {
    const auto& self = plan_.columns[column];
    const auto& made = plan_.tables[table];
    std::array<unsigned, 4> seen{};
    std::size_t count = 0;
    // Cuts that the table's columns already have cost nothing to describe.
    const std::size_t oldest = made.columns.size() - std::min(made.columns.size(), kLookBack);
    for (std::size_t i = made.columns.size(); i-- > oldest && count < 2;) {
      const auto& other = plan_.columns[made.columns[i]];
      if (std::find(seen.begin(), seen.begin() + count, other.shift) != seen.begin() + count)
        continue;
      seen[count++] = other.shift;
      const bool same = other.transform == self.transform && other.unit == self.unit;
      consider(self.bins, table, other.shift, same ? 0 : kShapeBits, best);
    }
    // The cut in proportion.
    const auto& first = plan_.columns[made.columns[0]];
    const int shift = static_cast<int>(first.shift) + static_cast<int>(natural_shift(self.bins)) -
                      static_cast<int>(natural_shift(first.bins));
    const auto usable = static_cast<unsigned>(std::clamp(shift, 0, int{kMaxShift}));
    if (std::find(seen.begin(), seen.begin() + count, usable) == seen.begin() + count) {
      consider(self.bins, table, usable, kShapeBits, best);
    }
  }

  void consider(std::span<const NumberBin> bins, std::size_t table, unsigned shift, double more,
                Choice& best) const {
    const Cut cut{shift, plan_.tables[table].mantissa};
    const double bits = added_bits(bins, cut, plan_.tables[table].counts) + more;
    if (bits < best.bits) best = {bits, table, cut};
  }

  void take(std::size_t column, const Choice& choice) {
    if (choice.table == plan_.tables.size()) plan_.tables.push_back({choice.cut.mantissa, {}, {}});
    auto& table = plan_.tables[choice.table];
    auto& self = plan_.columns[column];
    self.table = choice.table;
    self.shift = choice.cut.shift;
    table.columns.push_back(column);
    Tokens tokens;
    tokens.add(self.bins, choice.cut);
    if (table.counts.size() < tokens.size) table.counts.resize(tokens.size);
    for (unsigned i = 0; i < tokens.size; ++i) table.counts[i] += tokens.counts[i];
  }

  /// false: not a cut
  static bool moved(const ColumnPlan& column, const TablePlan& table, int shift, int mantissa,
                    Cut& cut) {
    const int to_shift = static_cast<int>(column.shift) + shift;
    const int to_mantissa = static_cast<int>(table.mantissa) + mantissa;
    if (to_shift < 0 || to_shift > int{kMaxShift} || to_mantissa < 0 ||
        to_mantissa > int{kMaxMantissa})
      return false;
    cut = {static_cast<unsigned>(to_shift), static_cast<unsigned>(to_mantissa)};
    return true;
  }

  double bits_with(const TablePlan& table, int shift, int mantissa) const {
    Tokens tokens;
    for (const auto column : table.columns) {
      Cut cut;
      if (!moved(plan_.columns[column], table, shift, mantissa, cut) ||
          !tokens.add(plan_.columns[column].bins, cut))
        return kTooMany;
    }
    return table_bits(std::span(tokens.counts).first(tokens.size)) + tokens.extra_bits;
  }

  void move(TablePlan& table, int shift, int mantissa) {
    Tokens tokens;
    for (const auto column : table.columns) {
      auto& self = plan_.columns[column];
      Cut cut;
      moved(self, table, shift, mantissa, cut);
      self.shift = cut.shift;
      tokens.add(self.bins, cut);
    }
    table.mantissa = static_cast<unsigned>(static_cast<int>(table.mantissa) + mantissa);
    table.counts.assign(tokens.counts.begin(), tokens.counts.begin() + tokens.size);
  }

  BlockPlan& plan_;
};

}  // namespace

double added_bits(std::span<const NumberBin> bins, Cut cut, std::span<const std::uint32_t> counts) {
  Tokens tokens;
  if (!tokens.add(bins, cut)) return kTooMany;
  const auto fresh = std::span(tokens.counts).first(tokens.size);
  if (counts.empty()) return table_bits(fresh) + tokens.extra_bits;
  double bits = tokens.extra_bits;
  std::uint32_t before = 0;
  std::uint32_t added = 0;
  for (unsigned i = 0; i < counts.size(); ++i) before += counts[i];
  for (unsigned i = 0; i < fresh.size(); ++i) {
    if (fresh[i] == 0) continue;
    const std::uint32_t had = i < counts.size() ? counts[i] : 0;
    bits += n_log_n(had) - n_log_n(had + fresh[i]) + (had == 0 ? kTokenBits : 0);
    added += fresh[i];
  }
  if (fresh.size() > counts.size())
    bits += kGapBits * static_cast<double>(fresh.size() - counts.size());
  return bits + n_log_n(before + added) - n_log_n(before);
}

unsigned natural_shift(std::span<const NumberBin> bins) {
  double sum = 0;
  double count = 0;
  for (const auto& bin : bins) {
    sum += static_cast<double>(bin.low) * bin.count;
    count += bin.count;
  }
  const double mean = sum / count;
  if (mean < 8) return 0;
  return std::min(kMaxShift, static_cast<unsigned>(std::log2(mean)) - 2);
}

void plan_tables(BlockPlan& plan) {
  TablePlanner planner(plan);
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (!plan.columns[i].constant) planner.add(i);
  }
  planner.refine();
}

BlockPlan plan_block(const Block& block) {
  BlockPlan plan;
  plan.columns.reserve(block.columns.size() + 1);
  plan.columns.push_back(plan_column(block.times_ms));
  for (const auto& column : block.columns) plan.columns.push_back(plan_column(column.values));
  plan_tables(plan);
  return plan;
}

}  // namespace wakeful::store::detail
