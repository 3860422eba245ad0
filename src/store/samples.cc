#include "store/samples.h"

namespace wakeful::store {

std::string_view tier_name(Tier tier) {
  switch (tier) {
    case Tier::raw:
      return "raw";
    case Tier::minutes:
      return "minutes";
    case Tier::hours:
      return "hours";
  }
  return "unknown";
}

}  // namespace wakeful::store
