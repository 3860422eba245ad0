// net/detail/decompress.h: Content-Encoding gzip and zstd, with a bound on what comes out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::net::detail {

/// Keeps its working memory between calls. One thread at a time.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();

  /// encoding  "gzip", "x-gzip" or "zstd"
  /// errors  unsupported: another encoding; parse: damaged or cut short; too_large: more than
  ///         max_bytes come out
  Result<std::string> run(std::string_view encoding, std::string_view input, std::size_t max_bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakeful::net::detail
