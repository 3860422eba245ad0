// A block of samples, as a damaged file may hold it. The right checksums are put into the bytes, or
// none would get past them.
#include "fuzz/fuzz.h"
#include "store/block_codec.h"
#include "tests/support/block_seal.h"

using namespace wakeful;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = store::seal_block(std::string(text_of(data, size)));
  const auto block = store::decode_block(bytes);
  if (!block) {
    check_message(block.error().message);
    const auto verified = store::verify_block(bytes);
    if (!verified) check_message(verified.error().message);
    return 0;
  }
  WAKEFUL_CHECK(store::verify_block(bytes));
  // A few bytes may stand for millions of equal values; going round with those finds nothing more.
  if (block->times_ms.size() * block->columns.size() > 1 << 17) return 0;
  const auto again = store::decode_block(store::encode_block(*block));
  WAKEFUL_CHECK(again && *again == *block);
  if (block->columns.empty()) return 0;
  // The last column alone is the same: a key may come twice, so it is looked for from the end.
  const auto& last = block->columns.back();
  const store::ColumnKey wanted[] = {{last.entity, last.metric}};
  const auto one = store::decode_block(bytes, wanted);
  WAKEFUL_CHECK(one && one->columns.back() == last && one->times_ms == block->times_ms);
  return 0;
}
