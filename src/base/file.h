// base/file.h: whole-file reads and safe writes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful {

/// Read a file whole. Works for /proc and /sys, whose files report size 0.
/// errors  not_found: no such file; denied: no permission; too_large: longer than max_bytes;
///         io: read failed
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes = 16 << 20);

/// Replace a file: write beside it with the mode, fsync, rename. A reader sees the old or the new
/// text, never half. errors  denied, io
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content,
                               unsigned mode = 0644);

}  // namespace wakeful
