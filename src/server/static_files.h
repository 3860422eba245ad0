// server/static_files.h: the dashboard's files over HTTP, from the program itself.
//
// Pure. The files are compressed already; who cannot take gzip gets them decompressed.
#pragma once

#include <span>
#include <string_view>

#include "net/http.h"
#include "server/assets.h"

namespace wakeful::server {

/// Answer a request that no other route took. Paths of pages (no dot in the last part) get
/// index.html, so that a link into the page works; other paths that are no file get 404.
net::Response serve_static(const net::Request& request, std::span<const Asset> assets);

/// Whether the value of Accept-Encoding allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

/// Headers that every response carries, so that a hole in the page stays harmless.
net::Headers security_headers();

}  // namespace wakeful::server
