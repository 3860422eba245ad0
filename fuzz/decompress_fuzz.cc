// gzip and zstd bodies: never more out than allowed.
#include "fuzz/fuzz.h"
#include "net/detail/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  constexpr std::size_t kMaxBytes = 64 << 10;
  static net::detail::Decompressor decompressor;
  for (const auto* encoding : {"gzip", "zstd"}) {
    const auto plain = decompressor.run(encoding, text_of(data, size), kMaxBytes);
    if (plain) {
      WAKEFUL_CHECK(plain->size() <= kMaxBytes);
    } else {
      check_message(plain.error().message);
    }
  }
  return 0;
}
