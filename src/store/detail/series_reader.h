// store/detail/series_reader.h: lines over time in steps, from whichever tier holds them.
//
// thread: any. Steps of an hour and more read the hours of days that are closed; shorter ones read
// raw samples as long as they are kept, then minutes, then hours.
#pragma once

#include <cstdint>
#include <vector>

#include "store/detail/raw_reader.h"
#include "store/samples.h"

namespace wakeful::store::detail {

class SeriesReader {
 public:
  SeriesReader(RawReader& raw, const PackSet& packs) : raw_(raw), packs_(packs) {}

  /// numbers  one per series: the container's or core's; nullopt where there is none
  Result<SeriesAnswer> read(const SeriesQuery& query,
                            const std::vector<std::optional<std::uint32_t>>& numbers,
                            const TierBegins& begins);

  Result<Coverage> read_coverage(model::ServerId server, WallTime from, WallTime before,
                                 Milliseconds step, const TierBegins& begins);

 private:
  RawReader& raw_;
  const PackSet& packs_;
};

/// errors  invalid: says what of the range does not hold
Result<void> check_range(WallTime from, WallTime before, Milliseconds step);

}  // namespace wakeful::store::detail
