// A block of samples, as a damaged file may hold it. The right checksum is put under the bytes, or none would get past it.
#include <zlib.h>

#include "fuzz/fuzz.h"
#include "store/block_codec.h"

using namespace wakeful;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(text_of(data, size));
  const auto sum = crc32_z(0, data, size);
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(sum >> shift));
  const auto block = store::decode_block(bytes);
  if (!block) {
    check_message(block.error().message);
    return 0;
  }
  const auto again = store::decode_block(store::encode_block(*block));
  WAKEFUL_CHECK(again && *again == *block);
  return 0;
}
