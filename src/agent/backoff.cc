#include "agent/backoff.h"

#include <algorithm>

namespace wakeful::agent {

Milliseconds Backoff::between(Milliseconds low, Milliseconds high) {
  std::uniform_int_distribution<std::int64_t> pick(low.count(), std::max(low, high).count());
  return Milliseconds(pick(random_));
}

Milliseconds Backoff::next() {
  step_ = step_.count() == 0 ? first_ : std::min(step_ * 2, longest_);
  return between(step_ / 2, step_);
}

Milliseconds Backoff::spread(Milliseconds wait) { return between(wait, wait + wait / 4); }

}  // namespace wakeful::agent
