// base/result.h: errors as values. A function that can fail in normal life returns Result<T>.
//
// One code per kind of reaction, not per cause: callers switch on Errc, people read the message.
// Exceptions are never part of our own interfaces; a function that calls a throwing library catches
// there.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace wakeful {

/// Numbers never change: they are logged and may be stored.
enum class Errc {
  invalid = 1,        ///< the caller's input breaks a rule (HTTP 400)
  parse = 2,          ///< bytes from outside are not what they should be (HTTP 400)
  not_found = 3,      ///< the thing named does not exist (HTTP 404)
  no_data = 4,        ///< the source is there and has nothing to say now
  unsupported = 5,    ///< this machine or kernel has no such source
  denied = 6,         ///< not permitted (HTTP 403)
  io = 7,             ///< a read or write failed
  timeout = 8,        ///< no answer in time; trying again may help
  unavailable = 9,    ///< the other side cannot serve now; trying again may help (HTTP 503)
  conflict = 10,      ///< the thing exists already, or two parties claim it (HTTP 409)
  internal = 11,      ///< our own fault; the message is logged, not sent (HTTP 500)
  unauthorized = 12,  ///< nobody said who they are, or wrongly (HTTP 401)
  too_large = 13,     ///< over a limit that the message names (HTTP 413)
};

/// The code's name as it stands in logs and on the wire ("not_found").
std::string_view errc_name(Errc code);

struct Error {
  Errc code;
  std::string message;

  /// Prefix the message: "where: message".
  Error with_context(std::string_view where) && {
    message.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  using Base::Base;
  Result(Base other) : Base(std::move(other)) {}
};

inline auto fail(Errc code, std::string message) {
  return tl::make_unexpected(Error{code, std::move(message)});
}
inline auto fail(Error error) { return tl::make_unexpected(std::move(error)); }

}  // namespace wakeful
