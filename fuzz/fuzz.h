// fuzz/fuzz.h: what every target starts with. A broken property is a WAKEFUL_CHECK, which aborts
// and so becomes a crash that libFuzzer keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/strings.h"

namespace wakeful {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// What our error messages must be, whatever came: valid text of a bounded length on one line.
inline void check_message(std::string_view message) {
  WAKEFUL_CHECK(!message.empty());
  WAKEFUL_CHECK(message.size() < 4096);
  WAKEFUL_CHECK(is_utf8(message));
  for (const char c : message) WAKEFUL_CHECK(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}

}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
