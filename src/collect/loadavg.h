// collect/loadavg.h: /proc/loadavg and /proc/uptime. Pure.
//
// Source: proc(5).
#pragma once

#include <string_view>

#include "base/result.h"

namespace wakeful::collect {

/// Processes that run or wait for CPU or disk, averaged over 1, 5 and 15 minutes.
struct LoadAverage {
  double load1 = 0;
  double load5 = 0;
  double load15 = 0;
};
/// errors  parse: fewer than three numbers, or a negative one
Result<LoadAverage> parse_loadavg(std::string_view text);

/// Seconds since boot, time asleep included.
/// errors  parse: not a number, or a negative one
Result<double> parse_uptime(std::string_view text);

}  // namespace wakeful::collect
