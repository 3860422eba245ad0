// agent/backoff.h: how long to wait before the next try: doubles, with jitter, up to a limit.
//
// The jitter keeps a fleet from coming back in one instant after its server restarts.
#pragma once

#include <cstdint>
#include <random>

#include "base/clock.h"

namespace wakeful::agent {

class Backoff {
 public:
  /// seed  differs between hosts, so that their tries do not fall together
  Backoff(Milliseconds first, Milliseconds longest, std::uint32_t seed)
      : first_(first), longest_(longest), random_(seed) {}

  /// The wait after one more failure: a random time between half and all of first, 2 x first, …
  Milliseconds next();
  /// A random time between all and 5/4 of a wait that was given to us or fixed.
  Milliseconds spread(Milliseconds wait);
  /// After a success.
  void reset() { step_ = Milliseconds{0}; }

 private:
  Milliseconds between(Milliseconds low, Milliseconds high);

  Milliseconds first_;
  Milliseconds longest_;
  Milliseconds step_{0};
  std::minstd_rand random_;
};

}  // namespace wakeful::agent
