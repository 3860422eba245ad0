#include "store/detail/sequence_set.h"

#include <algorithm>
#include <limits>

#include "store/detail/bytes.h"

namespace wakeful::store::detail {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();

}  // namespace

SequenceSet::Answer SequenceSet::find(std::int64_t sequence) const {
  // The first range that does not end before the sequence. New ones are at the end.
  auto range = ranges_.end();
  while (range != ranges_.begin() && std::prev(range)->last >= sequence) --range;
  if (range != ranges_.end() && range->first <= sequence) return Answer::present;
  return forgot_ && sequence <= floor_ ? Answer::look_up : Answer::absent;
}

void SequenceSet::add(std::int64_t sequence) {
  // Below the floor everything is looked up anyway.
  if (forgot_ && sequence <= floor_) return;
  auto range = ranges_.end();
  while (range != ranges_.begin() && std::prev(range)->last >= sequence) --range;
  if (range != ranges_.end() && range->first <= sequence) return;
  const bool joins_next =
      range != ranges_.end() && sequence != kLowest && range->first - 1 == sequence;
  const bool joins_before =
      range != ranges_.begin() && sequence != kLowest && std::prev(range)->last == sequence - 1;
  if (joins_before && joins_next) {
    std::prev(range)->last = range->last;
    ranges_.erase(range);
  } else if (joins_before) {
    std::prev(range)->last = sequence;
  } else if (joins_next) {
    range->first = sequence;
  } else {
    ranges_.insert(range, Range{sequence, sequence});
  }
  if (ranges_.size() <= kMaxRanges) return;
  forgot_ = true;
  floor_ = ranges_.front().last;
  ranges_.erase(ranges_.begin());
}

void SequenceSet::encode(std::string& out) const {
  out.push_back(static_cast<char>(kVersion));
  out.push_back(forgot_ ? '\1' : '\0');
  if (forgot_) put_signed(out, floor_);
  put_unsigned(out, ranges_.size());
  // Differences are taken without a sign, so that they fit whatever the numbers are.
  std::uint64_t before = 0;
  for (const auto& [first, last] : ranges_) {
    put_unsigned(out, static_cast<std::uint64_t>(first) - before);
    put_unsigned(out, static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first));
    before = static_cast<std::uint64_t>(last);
  }
}

Result<SequenceSet> SequenceSet::decode(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto damaged = [] { return fail(Errc::io, "sequences: damaged"); };
  if (reader.byte() != kVersion) return damaged();
  SequenceSet set;
  set.forgot_ = reader.byte() != 0;
  if (set.forgot_) set.floor_ = reader.signed_number();
  const auto count = reader.count(2);
  if (count > kMaxRanges) return damaged();
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = before + reader.unsigned_number();
    const auto last = first + reader.unsigned_number();
    const Range range{static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)};
    const bool rises = set.ranges_.empty() || set.ranges_.back().last < range.first;
    if (!rises || range.last < range.first) return damaged();
    set.ranges_.push_back(range);
    before = last;
  }
  if (reader.failed() || !reader.at_end()) return damaged();
  return set;
}

}  // namespace wakeful::store::detail
