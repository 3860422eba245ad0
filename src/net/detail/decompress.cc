#include "net/detail/decompress.h"

#include <algorithm>
#include <bit>

#include <zlib.h>
#include <zstd.h>

namespace wakeful::net::detail {

namespace {

/// Every decoder must support windows of 8 MiB; a frame written at once has one of its whole size.
constexpr int kMinWindowLog = 23;
constexpr int kMaxWindowLog = 27;
constexpr int kGzipWindowBits = 15 + 16;  // 16: a gzip header is expected, not zlib's

auto over_limit(std::size_t max_bytes) {
  return fail(Errc::too_large,
              "the body decompresses to more than " + std::to_string(max_bytes) + " bytes");
}

auto damaged(std::string_view encoding, std::string_view why) {
  return fail(Errc::parse,
              "the body is not valid " + std::string(encoding) + ": " + std::string(why));
}

/// Room for the next piece: grows with what came out so far, and lets one byte too many show.
std::size_t next_size(std::size_t filled, std::size_t input_size, std::size_t max_bytes) {
  const std::size_t wanted = std::max(filled * 2, input_size * 4 + 1024);
  return std::min(wanted, max_bytes + 1);
}

}  // namespace

struct Decompressor::Impl {
  ~Impl() {
    if (zlib_ready) inflateEnd(&zlib);
    ZSTD_freeDCtx(zstd);
  }

  Result<std::string> gunzip(std::string_view input, std::size_t max_bytes);
  Result<std::string> unzstd(std::string_view input, std::size_t max_bytes);

  z_stream zlib{};
  bool zlib_ready = false;
  ZSTD_DCtx* zstd = nullptr;
};

Result<std::string> Decompressor::Impl::gunzip(std::string_view input, std::size_t max_bytes) {
  const int ready = zlib_ready ? inflateReset(&zlib) : inflateInit2(&zlib, kGzipWindowBits);
  if (ready != Z_OK) return fail(Errc::internal, "zlib cannot be set up");
  zlib_ready = true;
  std::string output;
  std::size_t filled = 0;
  // zlib takes a pointer to mutable bytes and does not write to them.
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  zlib.avail_in = static_cast<uInt>(input.size());
  for (;;) {
    if (filled == output.size()) output.resize(next_size(filled, input.size(), max_bytes));
    zlib.next_out = reinterpret_cast<Bytef*>(output.data()) + filled;
    zlib.avail_out = static_cast<uInt>(output.size() - filled);
    const int status = inflate(&zlib, Z_NO_FLUSH);
    filled = output.size() - zlib.avail_out;
    if (filled > max_bytes) return over_limit(max_bytes);
    if (status == Z_STREAM_END) {
      if (zlib.avail_in == 0) break;
      if (inflateReset(&zlib) != Z_OK) return damaged("gzip", "cannot start its next member");
    } else if (status == Z_BUF_ERROR ||
               (status == Z_OK && zlib.avail_in == 0 && zlib.avail_out > 0)) {
      return damaged("gzip", "it is cut short");
    } else if (status != Z_OK) {
      return damaged("gzip", zlib.msg ? zlib.msg : "damaged data");
    }
  }
  output.resize(filled);
  return output;
}

Result<std::string> Decompressor::Impl::unzstd(std::string_view input, std::size_t max_bytes) {
  if (!zstd) {
    zstd = ZSTD_createDCtx();
    if (!zstd) return fail(Errc::internal, "zstd cannot be set up");
  }
  ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
  const int window_log =
      std::clamp(static_cast<int>(std::bit_width(max_bytes)), kMinWindowLog, kMaxWindowLog);
  ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, window_log);
  const auto announced = ZSTD_getFrameContentSize(input.data(), input.size());
  const bool known = announced != ZSTD_CONTENTSIZE_UNKNOWN && announced != ZSTD_CONTENTSIZE_ERROR;
  if (known && announced > max_bytes) return over_limit(max_bytes);
  std::string output;
  // The announced size is only believed as far as zstd's best ratio makes it likely.
  if (known) output.resize(std::min<std::size_t>(announced + 1, input.size() * 64 + 1024));
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::size_t filled = 0;
  std::size_t status = 1;
  while (in.pos < in.size || status != 0) {
    if (filled == output.size()) output.resize(next_size(filled, input.size(), max_bytes));
    ZSTD_outBuffer out{output.data(), output.size(), filled};
    const std::size_t before = in.pos;
    status = ZSTD_decompressStream(zstd, &out, &in);
    if (ZSTD_isError(status)) return damaged("zstd", ZSTD_getErrorName(status));
    const bool moved = in.pos != before || out.pos != filled;
    filled = out.pos;
    if (filled > max_bytes) return over_limit(max_bytes);
    if (!moved && filled < output.size()) return damaged("zstd", "it is cut short");
  }
  output.resize(filled);
  return output;
}

Decompressor::Decompressor() : impl_(std::make_unique<Impl>()) {}
Decompressor::~Decompressor() = default;

Result<std::string> Decompressor::run(std::string_view encoding, std::string_view input,
                                      std::size_t max_bytes) {
  if (encoding == "gzip" || encoding == "x-gzip") return impl_->gunzip(input, max_bytes);
  if (encoding == "zstd") return impl_->unzstd(input, max_bytes);
  return fail(Errc::unsupported, "Content-Encoding: expected gzip, zstd or identity, got '" +
                                     std::string(encoding.substr(0, 80)) + "'");
}

}  // namespace wakeful::net::detail
