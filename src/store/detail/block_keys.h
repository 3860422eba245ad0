// store/detail/block_keys.h: the key that a column of a block probably has. Columns come in a
// repeating order (every container's processor, then its memory), so the way from the last column
// with the same metric to the one after it is likely to be gone again.
#pragma once

#include <cstddef>
#include <span>

#include "store/block_codec.h"
#include "store/detail/block_format.h"

namespace wakeful::store::detail {

/// Columns: anything with entity and metric; those before `column` are looked at. Where nothing is
/// known: entity and metric of the column before, or 0 and 0.
template <class Columns>
ColumnKey foretell_key(const Columns& columns, std::size_t column) {
  if (column == 0) return {};
  const auto& last = columns[column - 1];
  for (std::size_t i = column - 1; i-- > 0 && column - i <= kKeyWindow;) {
    if (columns[i].metric != last.metric) continue;
    return {last.entity + (columns[i + 1].entity - columns[i].entity), columns[i + 1].metric};
  }
  return {last.entity, last.metric};
}

}  // namespace wakeful::store::detail
