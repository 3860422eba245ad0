#include "base/result.h"

namespace wakeful {

std::string_view errc_name(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::parse:
      return "parse";
    case Errc::not_found:
      return "not_found";
    case Errc::no_data:
      return "no_data";
    case Errc::unsupported:
      return "unsupported";
    case Errc::denied:
      return "denied";
    case Errc::io:
      return "io";
    case Errc::timeout:
      return "timeout";
    case Errc::unavailable:
      return "unavailable";
    case Errc::conflict:
      return "conflict";
    case Errc::internal:
      return "internal";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::too_large:
      return "too_large";
  }
  return "internal";
}

}  // namespace wakeful
