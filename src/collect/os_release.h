// collect/os_release.h: the distribution's name. Pure.
//
// Source: os-release(5): shell-like assignments, values optionally in ' or " quotes.
#pragma once

#include <string>
#include <string_view>

namespace wakeful::collect {

/// The system's name for people: PRETTY_NAME, else NAME with VERSION, else empty. Lines that are no
/// assignments are ignored, the last assignment of a key counts.
std::string parse_os_release(std::string_view text);

/// A kernel boot id such as "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10", or empty when text is none.
std::string parse_boot_id(std::string_view text);

}  // namespace wakeful::collect
