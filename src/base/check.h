// base/check.h: contracts between our own functions. Never for input from outside.
#pragma once

namespace wakeful {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

/// Abort with file and line when the caller broke the contract.
#define WAKEFUL_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::wakeful::check_failed(#condition, __FILE__, __LINE__))
