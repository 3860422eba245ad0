// store/detail/sequence_set.h: which sequences of an agent run are stored, in a few bytes.
//
// Agents count by one, so the set is nearly always one unbroken range. Where numbers jump (old
// protocols), only the newest ranges are kept, and the answer for older numbers is "look it up".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wakeful::store::detail {

class SequenceSet {
 public:
  enum class Answer { absent, present, look_up };

  Answer find(std::int64_t sequence) const;
  /// Add one that find() does not call present.
  void add(std::int64_t sequence);

  void encode(std::string& out) const;
  /// errors  io: the bytes are damaged
  static Result<SequenceSet> decode(std::string_view bytes);

  std::size_t range_count() const { return ranges_.size(); }

 private:
  struct Range {
    std::int64_t first;
    std::int64_t last;
  };
  static constexpr std::size_t kMaxRanges = 256;

  std::vector<Range> ranges_;  ///< rising, never touching each other
  bool forgot_ = false;        ///< there were ranges below floor_
  std::int64_t floor_ = 0;     ///< the highest number forgotten
};

}  // namespace wakeful::store::detail
