// store/detail/block_check.h: whether a block of a pack is what its row says. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/detail/data_files.h"

namespace wakeful::store::detail {

/// A row of the table `block`.
struct BlockRow {
  std::int64_t server = 0;
  std::int64_t kind = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t samples = 0;
  std::string_view data;
};

/// "server 7, block of containers at 2026-11-20T03:00:00Z"
std::string describe_block(const BlockRow& row);

/// Decode all of it and compare.
/// errors  parse: what does not hold, without the block's name
Result<void> check_block(const BlockRow& row, const Period& period);

}  // namespace wakeful::store::detail
