#include "store/detail/token_coder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wakeful::store::detail {
namespace {

constexpr std::uint32_t kLowest = 1U << 16;  // of a state; below it a word is read
constexpr unsigned kMaxLevel = 28;

/// Levels 1, 2, 3, 4, 5… weigh 2, 3, 4, 6, 8…
std::uint32_t weight_of(unsigned level) {
  return level == 0 ? 0 : (level % 2 == 1 ? 2U : 3U) << (level - 1) / 2;
}

/// The level whose weight is nearest to twice a count.
unsigned level_of(std::uint64_t count) {
  if (count == 0) return 0;
  const auto octave = static_cast<unsigned>(std::bit_width(count)) - 1;
  // Geometric means of 1, 1.5 and 2, as parts of 1,024 of the octave.
  const auto part = (count << 10) >> octave;
  const unsigned step = part < 1254 ? 0 : part < 1774 ? 1 : 2;
  return std::min(kMaxLevel, 2 * octave + step + 1);
}

/// Call for 0 to kTimes - 1 without a loop, so that an array indexed by it can lie in registers.
template <std::size_t kTimes>
void unrolled(auto&& function) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (function(kIndex), ...);
  }(std::make_index_sequence<kTimes>{});
}

}  // namespace

TokenTable TokenTable::of(unsigned mantissa, std::span<const std::uint32_t> counts) {
  TokenTable table;
  table.mantissa = mantissa;
  const auto most = std::max<std::uint64_t>(1, *std::ranges::max_element(counts));
  for (unsigned token = 0; token < counts.size(); ++token) {
    if (counts[token] == 0) continue;
    const std::uint64_t count = counts[token];
    // Counts beyond the highest level are scaled to it.
    table.levels[token] = static_cast<std::uint8_t>(
        std::max(1U, level_of(most > 8'192 ? count * 8'192 / most : count)));
    table.size = token + 1;
  }
  return table;
}

void TokenTable::write(BitWriter& out) const {
  out.put(mantissa, 3);
  out.put(size - 1, 8);
  int previous = 0;
  for (unsigned token = 0; token < size; ++token) {
    const int step = int{levels[token]} - previous;
    out.put_small(static_cast<unsigned>(step >= 0 ? 2 * step : -2 * step - 1));
    previous = levels[token];
  }
}

Result<TokenTable> TokenTable::read(BitReader& in) {
  TokenTable table;
  table.mantissa = static_cast<unsigned>(in.get(3));
  if (table.mantissa > kMaxMantissa) return fail(Errc::parse, "a table's mantissa");
  table.size = static_cast<unsigned>(in.get(8)) + 1;
  unsigned total = 0;
  unsigned previous = 0;
  for (unsigned token = 0; token < table.size; ++token) {
    const unsigned coded = in.get_small();
    const unsigned level = previous + ((coded >> 1) ^ (0 - (coded & 1)));
    if (level > kMaxLevel) return fail(Errc::parse, "a table's level");
    table.levels[token] = static_cast<std::uint8_t>(level);
    total += level;
    previous = level;
  }
  if (total == 0) return fail(Errc::parse, "an empty table");
  return table;
}

TokenSlots::TokenSlots(const TokenTable& table, unsigned precision) : size(table.size) {
  std::uint32_t used = 0;
  std::uint32_t total = 0;
  unsigned heaviest = 0;
  for (unsigned token = 0; token < table.size; ++token) {
    if (table.levels[token] == 0) continue;
    ++used;
    total += weight_of(table.levels[token]);
    if (table.levels[token] > table.levels[heaviest]) heaviest = token;
  }
  WAKEFUL_CHECK(total > 0);
  // One slot for every token, the rest in proportion, what rounding leaves to the heaviest.
  const std::uint32_t slots = 1U << precision;
  std::uint32_t given = 0;
  for (unsigned token = 0; token < table.size; ++token) {
    if (table.levels[token] == 0) continue;
    const auto part = std::uint64_t{weight_of(table.levels[token])} * (slots - used) / total;
    count[token] = static_cast<std::uint16_t>(1 + part);
    given += count[token];
  }
  count[heaviest] = static_cast<std::uint16_t>(count[heaviest] + (slots - given));
  std::uint16_t at = 0;
  for (unsigned token = 0; token < table.size; ++token) {
    start[token] = at;
    at = static_cast<std::uint16_t>(at + count[token]);
  }
  if (used == 1) only = heaviest;
}

TokenEncoder::TokenEncoder(Layout layout) : layout_(layout) { states_.fill(kLowest); }

void TokenEncoder::put(std::span<const std::uint8_t> tokens, const TokenSlots& slots) {
  if (slots.only < kMaxTokens) return;  // costs nothing, changes no state
  const std::size_t turn = (std::size_t{1} << layout_.states_log) - 1;
  const unsigned precision = layout_.precision;
  const std::size_t had = words_.size();
  words_.resize(had + tokens.size());  // a token gives one word at most
  std::uint16_t* word = words_.data() + had;
  auto states = states_;
  for (std::size_t i = tokens.size(); i-- > 0;) {
    std::uint32_t state = states[i & turn];
    const std::uint32_t count = slots.count[tokens[i]];
    *word = static_cast<std::uint16_t>(state);
    const bool full = state >> (32 - precision) >= count;
    word += full;
    state >>= full ? 16 : 0;
    states[i & turn] = ((state / count) << precision) + state % count + slots.start[tokens[i]];
  }
  states_ = states;
  words_.resize(static_cast<std::size_t>(word - words_.data()));
}

void TokenEncoder::finish(std::string& out) const {
  put_unsigned(out, words_.size());
  for (std::size_t i = 0; i < std::size_t{1} << layout_.states_log; ++i) {
    put_word32(out, states_[i]);
  }
  for (std::size_t i = words_.size(); i-- > 0;) {
    out.push_back(static_cast<char>(words_[i]));
    out.push_back(static_cast<char>(words_[i] >> 8));
  }
}

SlotEntries make_entries(const TokenSlots& slots, unsigned precision) {
  SlotEntries entries(std::size_t{1} << precision);
  auto* entry = entries.data();
  for (unsigned token = 0; token < slots.size; ++token) {
    const std::uint32_t count = slots.count[token];
    for (std::uint32_t i = 0; i < count; ++i) *entry++ = token | (count - 1) << 8 | i << 20;
  }
  return entries;
}

TokenDecoder::TokenDecoder(Layout layout, ByteReader& reader) : layout_(layout) {
  const auto words = reader.count(2);
  for (std::size_t i = 0; i < std::size_t{1} << layout_.states_log; ++i) {
    const auto bytes = reader.bytes(4);
    if (bytes.size() == 4) states_[i] = word32(bytes);
  }
  const auto bytes = reader.bytes(2 * words);
  next_ = bytes.data();
  end_ = next_ + bytes.size();
}

template <unsigned kStates>
bool TokenDecoder::get_with(std::span<std::uint8_t> tokens, const std::uint32_t* entries) {
  const unsigned precision = layout_.precision;
  const std::uint32_t mask = (1U << precision) - 1;
  std::array<std::uint32_t, kStates> states;
  std::copy_n(states_.begin(), kStates, states.begin());
  const char* next = next_;
  const char* const end = end_;
  const auto advance = [&](std::uint32_t state, std::uint8_t& token) {
    const std::uint32_t entry = entries[state & mask];
    token = static_cast<std::uint8_t>(entry);
    return ((entry >> 8 & 0xfff) + 1) * (state >> precision) + (entry >> 20);
  };
  std::size_t i = 0;
  // As long as the words cannot end within a round, read one always and use it sometimes: a branch
  // here would be foretold wrongly every third time.
  for (; i + kStates <= tokens.size() && end - next >= 2 * std::ptrdiff_t{kStates}; i += kStates) {
    unrolled<kStates>([&](std::size_t turn) {
      const std::uint32_t state = advance(states[turn], tokens[i + turn]);
      std::uint16_t word;
      std::memcpy(&word, next, 2);
      const std::uint32_t use = 0U - static_cast<std::uint32_t>(state < kLowest);
      states[turn] = (state << (use & 16)) | (word & use);
      next += use & 2;
    });
  }
  for (; i < tokens.size(); ++i) {
    std::uint32_t state = advance(states[i % kStates], tokens[i]);
    if (state < kLowest) {
      if (end - next < 2) return false;
      std::uint16_t word;
      std::memcpy(&word, next, 2);
      next += 2;
      state = state << 16 | word;
    }
    states[i % kStates] = state;
  }
  std::copy_n(states.begin(), kStates, states_.begin());
  next_ = next;
  return true;
}

bool TokenDecoder::get(std::span<std::uint8_t> tokens, const SlotEntries& entries) {
  switch (layout_.states_log) {
    case 0:
      return get_with<1>(tokens, entries.data());
    case 1:
      return get_with<2>(tokens, entries.data());
    case 2:
      return get_with<4>(tokens, entries.data());
    default:
      return get_with<8>(tokens, entries.data());
  }
}

bool TokenDecoder::at_end() const {
  const auto used = std::span(states_).first(std::size_t{1} << layout_.states_log);
  return next_ == end_ && std::ranges::all_of(used, [](auto state) { return state == kLowest; });
}

}  // namespace wakeful::store::detail
