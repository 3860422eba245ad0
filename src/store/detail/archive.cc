#include "store/detail/archive.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <vector>

#include <sys/stat.h>

#include "base/check.h"
#include "base/descriptor.h"
#include "base/strings.h"
#include "store/detail/sha256.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kChunkBytes = 256 << 10;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

Error file_problem(const std::filesystem::path& path, int number) {
  Errc code = Errc::io;
  if (number == ENOENT) code = Errc::not_found;
  if (number == EACCES || number == EPERM) code = Errc::denied;
  return {code, path.string() + ": " + std::strerror(number)};
}

/// A name from an archive may hold anything; a terminal gets letters only.
std::string show_name(const char* name) {
  std::string shown = shorten(name != nullptr ? name : "", 100);
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

std::string reason_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text != nullptr ? text : "no reason given";
}

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::begin(int descriptor, std::string label) {
  archive* handle = archive_write_new();
  WAKEFUL_CHECK(handle != nullptr);
  std::unique_ptr<ArchiveWriter> writer(new ArchiveWriter(handle, std::move(label)));
  // Restricted pax is plain ustar unless a size is beyond 8 GiB: every tar reads it.
  if (archive_write_set_format_pax_restricted(handle) != ARCHIVE_OK ||
      archive_write_add_filter_zstd(handle) != ARCHIVE_OK ||
      archive_write_open_fd(handle, descriptor) != ARCHIVE_OK) {
    return fail(writer->problem("begin the archive"));
  }
  return writer;
}

ArchiveWriter::~ArchiveWriter() { archive_write_free(handle_); }

Error ArchiveWriter::problem(std::string_view what) const {
  const int number = archive_errno(handle_);
  std::string message = label_ + ": " + std::string(what) + ": ";
  if (number == ENOSPC || number == EDQUOT) {
    return {Errc::unavailable, message +
                                   "the disk is full; free some space, or write the backup "
                                   "to another disk"};
  }
  return {Errc::io, message + reason_of(handle_)};
}

Result<void> ArchiveWriter::begin_entry(const std::string& name, std::uint64_t size,
                                        WallTime modified) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  WAKEFUL_CHECK(entry != nullptr);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_mtime(entry.get(), to_unix_ms(modified) / 1000, 0);
  if (archive_write_header(handle_, entry.get()) != ARCHIVE_OK) return fail(problem(name));
  return {};
}

Result<void> ArchiveWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = archive_write_data(handle_, bytes.data(), bytes.size());
    if (put <= 0) return fail(problem("write"));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> ArchiveWriter::add_text(const std::string& name, std::string_view text,
                                     WallTime modified) {
  auto done = begin_entry(name, text.size(), modified);
  if (done) done = write(text);
  return done;
}

Result<std::string> ArchiveWriter::add_file(const std::string& name,
                                            const std::filesystem::path& path, WallTime modified,
                                            const std::function<void(std::uint64_t)>& on_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct ::stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return fail(file_problem(path, errno));
  const auto size = static_cast<std::uint64_t>(about.st_size);
  auto begun = begin_entry(name, size, modified);
  if (!begun) return fail(std::move(begun).error());
  Sha256 sum;
  std::vector<char> buffer(kChunkBytes);
  std::uint64_t done = 0;
  while (done < size) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), size - done);
    const auto got = ::read(file.get(), buffer.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_problem(path, errno));
    if (got == 0) return fail(Errc::io, path.string() + ": it became shorter while it was read");
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    auto put = write(bytes);
    if (!put) return fail(std::move(put).error());
    sum.update(bytes);
    done += bytes.size();
    on_bytes(done);
  }
  return sum.finish();
}

Result<void> ArchiveWriter::finish() {
  if (archive_write_close(handle_) != ARCHIVE_OK) return fail(problem("end the archive"));
  return {};
}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(Errc::parse, path.string() + ": expected a backup file, got a folder");
  }
  archive* handle = archive_read_new();
  WAKEFUL_CHECK(handle != nullptr);
  std::unique_ptr<ArchiveReader> reader(new ArchiveReader(handle, path.string()));
  // Nothing but what a backup is: no other decoder sees the bytes.
  archive_read_support_format_tar(handle);
  archive_read_support_filter_zstd(handle);
  if (archive_read_open_filename(handle, path.c_str(), kChunkBytes) == ARCHIVE_OK) return reader;
  const int number = archive_errno(handle);
  if (number == ENOENT || number == EACCES || number == EPERM || number == EIO) {
    return fail(file_problem(path, number));
  }
  return fail(reader->damage("it is not a backup of Wakeful"));
}

ArchiveReader::~ArchiveReader() { archive_read_free(handle_); }

Error ArchiveReader::damage(std::string_view what) const {
  return {Errc::parse, label_ + ": " + std::string(what) + " (" + reason_of(handle_) + ")"};
}

Result<std::optional<ArchiveReader::Entry>> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(handle_, &entry);
  if (code == ARCHIVE_EOF) return std::optional<Entry>();
  const auto where = " near byte " + std::to_string(position());
  if (code != ARCHIVE_OK) return fail(damage("the backup is damaged" + where));
  const char* name = archive_entry_pathname(entry);
  const bool plain = name != nullptr && archive_entry_filetype(entry) == AE_IFREG &&
                     archive_entry_hardlink(entry) == nullptr &&
                     archive_entry_symlink(entry) == nullptr && archive_entry_size_is_set(entry) &&
                     archive_entry_size(entry) >= 0 && archive_entry_sparse_count(entry) == 0;
  if (!plain) {
    return fail(Errc::parse, label_ + ": \"" + show_name(name) +
                                 "\" is no plain file: this is no backup of Wakeful, or it is "
                                 "damaged");
  }
  return std::optional<Entry>(Entry{name, static_cast<std::uint64_t>(archive_entry_size(entry))});
}

Result<std::size_t> ArchiveReader::read(std::span<char> buffer) {
  const auto got = archive_read_data(handle_, buffer.data(), buffer.size());
  if (got >= 0) return static_cast<std::size_t>(got);
  return fail(damage("the backup is damaged near byte " + std::to_string(position())));
}

std::uint64_t ArchiveReader::position() const {
  return static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_filter_bytes(handle_, -1)));
}

}  // namespace wakeful::store::detail
