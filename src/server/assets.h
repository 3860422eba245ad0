// server/assets.h: the dashboard's files, compressed at build time and embedded in the program
// (cmake/web.cmake).
#pragma once

#include <span>
#include <string_view>

namespace wakeful::server {

struct Asset {
  std::string_view path;  ///< "/index.html", "/assets/app-3f2a.js"
  std::string_view content_type;
  std::string_view etag;   ///< quoted
  std::string_view gzip;   ///< the bytes, gzip-compressed; lives as long as the program
  bool immutable = false;  ///< name carries a content hash: may be cached for a year
};

/// Sorted by path. Empty when the program was built without the dashboard (-DWAKEFUL_WEB=OFF).
std::span<const Asset> embedded_assets();

}  // namespace wakeful::server
