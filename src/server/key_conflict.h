// server/key_conflict.h: notices that two hosts report with one server's key. docs/protocol.md §1.
//
// A reboot ends a boot id for good: what is spooled of the old boot has older times. So when an
// earlier boot id comes again with newer times, two hosts are at work. The one that was heard first
// stays, the other is refused, until the first has been silent for kHolderSilence.
//
// Pure. One per server, on the loop's thread. Bounded: the newest kRemembered boots.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace wakeful::server {

class KeyConflict {
 public:
  static constexpr std::size_t kRemembered = 8;
  static constexpr Milliseconds kHolderSilence{std::chrono::minutes(10)};

  enum class Verdict {
    accept,
    accept_new_conflict,  ///< accepted; another host was just found to use the same key
    refuse,               ///< it is the other host
  };

  /// Judge a request by its newest report.
  /// sample_time  corrected; received  ours
  Verdict judge(const std::string& boot_id, const std::string& hostname, WallTime sample_time,
                WallTime received);

  /// Whether a refused host was heard in the last kHolderSilence.
  bool active(WallTime now) const;
  /// For people, with both host names. Empty when there was no conflict.
  std::string message() const;

 private:
  struct Boot {
    std::string id;
    std::string hostname;
    WallTime first_sample;  ///< of the first request heard of it
    WallTime last_received;
    bool refused = false;
  };
  /// The newest boot that is not refused: the host of now. Null before the first report.
  Boot* holder();
  Verdict judge_known(Boot& boot, WallTime sample_time, WallTime received);
  Verdict judge_unknown(Boot boot);
  void forget_oldest();
  /// The other host again, as its name tells, after it was started anew.
  bool is_refused_host(const std::string& hostname);
  Verdict refuse(Boot& boot, WallTime received);

  std::vector<Boot> boots_;  ///< by first_sample
  std::string holder_name_;
  std::string other_name_;
  std::optional<WallTime> last_refused_;
};

}  // namespace wakeful::server
