#include "server/static_files.h"

#include <algorithm>
#include <optional>
#include <string>

#include <zlib.h>

#include "base/result.h"
#include "base/strings.h"
#include "server/exchange.h"

namespace wakeful::server {
namespace {

constexpr std::string_view kNoDashboard =
    "Wakeful runs, but this build has no dashboard in it.\n"
    "Build it with Node.js 18 or newer: cmake --preset release -DWAKEFUL_WEB=ON && cmake --build "
    "--preset release\n"
    "Reports are taken all the same; the API is under /api/v1/.\n";

const Asset* find_asset(std::span<const Asset> assets, std::string_view path) {
  const auto found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

/// "/servers/7" is a page; "/favicon.ico" and "/assets/old-1.js" are files.
bool is_page(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') == std::string_view::npos &&
         !path.starts_with("/assets/");
}

Result<std::string> gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(Errc::internal, "zlib: no memory");
  // zlib's interface is not const-correct; it does not write to its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  int code = Z_OK;
  while (code == Z_OK) {
    const std::size_t used = out.size();
    out.resize(used + std::max<std::size_t>(compressed.size() * 3, 4096));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(out.size() - used);
    code = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return fail(Errc::internal, "an embedded file is damaged");
  return out;
}

/// If-None-Match: "*" or a list; weak tags match too (RFC 9110, 13.1.2).
bool matches_etag(std::string_view header, std::string_view etag) {
  for (std::string_view tag : split(header, ',')) {
    tag = trim(tag);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

net::Response serve_asset(const net::Request& request, const Asset& asset) {
  net::Response response;
  response.content_type = asset.content_type;
  response.headers.add("ETag", std::string(asset.etag));
  response.headers.add("Vary", "Accept-Encoding");
  response.headers.add("Cache-Control",
                       asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  const auto known = request.headers.find("If-None-Match");
  if (known && matches_etag(*known, asset.etag)) {
    response.status = 304;
    return response;
  }
  if (accepts_gzip(request.headers.find("Accept-Encoding").value_or(""))) {
    response.headers.add("Content-Encoding", "gzip");
    response.static_body = asset.gzip;
    return response;
  }
  auto plain = gunzip(asset.gzip);
  if (!plain) return error_reply(plain.error());
  response.body = std::move(*plain);
  return response;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;  // "*"
  for (const std::string_view item : split(accept_encoding, ',')) {
    const auto parts = split(item, ';');
    const auto name = trim(parts[0]);
    bool refused = false;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const auto parameter = trim(parts[i]);
      if (!parameter.starts_with("q=")) continue;
      const auto weight = parse_double(parameter.substr(2));
      refused = weight && *weight == 0;
    }
    if (name == "gzip") return !refused;
    if (name == "*") any = !refused;
  }
  return any;
}

net::Response serve_static(const net::Request& request, std::span<const Asset> assets) {
  if (request.method != net::Method::get && request.method != net::Method::head) {
    return method_not_allowed("GET, HEAD");
  }
  if (const Asset* asset = find_asset(assets, request.path)) return serve_asset(request, *asset);
  if (!is_page(request.path)) return text_reply(404, "There is no such file here.\n");
  if (const Asset* index = find_asset(assets, "/index.html")) return serve_asset(request, *index);
  return text_reply(200, kNoDashboard);
}

net::Headers security_headers() {
  net::Headers headers;
  headers.add("Content-Security-Policy",
              "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
              "form-action 'self'; frame-ancestors 'none'");
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("X-Frame-Options", "DENY");
  headers.add("Referrer-Policy", "same-origin");
  return headers;
}

}  // namespace wakeful::server
