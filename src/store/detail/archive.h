// store/detail/archive.h: the file that a backup is: a tar compressed with zstd, written and read in
// one pass. libarchive does it; archive.h of libarchive stays in archive.cc.
//
// Used by one thread. Reading takes any bytes: regular files with a plain name come out, everything
// else (links, devices, folders, sparse tricks) is an error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

struct archive;

namespace wakeful::store::detail {

class ArchiveWriter {
 public:
  /// Write to an open file, which stays open.
  /// label  for messages: the file's name
  /// errors  io
  static Result<std::unique_ptr<ArchiveWriter>> begin(int descriptor, std::string label);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// errors  io; unavailable: the disk is full
  Result<void> add_text(const std::string& name, std::string_view text, WallTime modified);
  /// Returns the SHA-256 of what was written.
  /// on_bytes  told now and then how many bytes of the file are done
  /// errors  as add_text; io: the file cannot be read, or changes its size meanwhile
  Result<std::string> add_file(const std::string& name, const std::filesystem::path& path,
                               WallTime modified,
                               const std::function<void(std::uint64_t)>& on_bytes);
  /// Everything is handed to the kernel when it returns; fsync is the caller's.
  Result<void> finish();

 private:
  ArchiveWriter(archive* handle, std::string label) : handle_(handle), label_(std::move(label)) {}
  Result<void> begin_entry(const std::string& name, std::uint64_t size, WallTime modified);
  Result<void> write(std::string_view bytes);
  Error problem(std::string_view what) const;

  archive* handle_;
  std::string label_;
};

class ArchiveReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
  };

  /// errors  not_found, denied, io; parse: no archive of this kind
  static Result<std::unique_ptr<ArchiveReader>> open(const std::filesystem::path& path);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// The next entry, or nullopt behind the last one. What is left of the entry before is skipped.
  /// errors  parse: the archive is damaged or has an entry that no backup has
  Result<std::optional<Entry>> next();
  /// Bytes of the entry; 0 at its end. errors  parse, io
  Result<std::size_t> read(std::span<char> buffer);
  /// Bytes of the file read so far.
  std::uint64_t position() const;

 private:
  ArchiveReader(archive* handle, std::string label) : handle_(handle), label_(std::move(label)) {}
  Error damage(std::string_view what) const;

  archive* handle_;
  std::string label_;
};

}  // namespace wakeful::store::detail
