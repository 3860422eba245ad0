#include "server/time_rule.h"

#include "server/clock_skew.h"

namespace wakeful::server {

std::optional<std::string> refuse_time(WallTime time, WallTime received, Milliseconds retention) {
  if (time > received + kFurthestAhead) {
    return "time_ms: expected a time at most 1 h ahead of this server's clock, got " +
           format_utc(time) + ", which is " + rough_duration(time - received) + " ahead";
  }
  if (time < received - retention) {
    return "time_ms: expected a time of the last " + rough_duration(retention) +
           " (retention.raw), got " + format_utc(time) + ", which is " +
           rough_duration(received - time) + " ago";
  }
  return std::nullopt;
}

}  // namespace wakeful::server
