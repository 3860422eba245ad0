#include "store/detail/backup_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "store/detail/archive.h"
#include "store/detail/sha256.h"

namespace wakeful::store::detail {
namespace {

constexpr std::string_view kTitle = "Wakeful backup";
constexpr std::string_view kFormat = "format ";
constexpr std::size_t kMaxHeadBytes = 64 << 10;
constexpr std::size_t kMaxSumsBytes = 16 << 20;
constexpr std::size_t kChunkBytes = 256 << 10;
constexpr std::size_t kDigestLetters = 64;

Error no_backup(const std::filesystem::path& path) {
  return {Errc::parse, path.string() + ": it is not a backup of Wakeful"};
}

Error damaged(const std::filesystem::path& path, std::string_view what) {
  return {Errc::parse,
          path.string() + ": the backup is damaged: " + std::string(what) + "; use another one"};
}

class Walk {
 public:
  Walk(const std::filesystem::path& path, ArchiveReader& archive, BackupSink& sink,
       const std::function<void(std::uint64_t, std::string_view)>& on_position)
      : path_(path),
        archive_(archive),
        sink_(sink),
        on_position_(on_position),
        buffer_(kChunkBytes) {}

  Result<BackupFiles> run() {
    auto done = read_head();
    while (done) {
      const auto entry = archive_.next();
      if (!entry) return fail(entry.error());
      if (!*entry) return fail(damaged(path_, "its end is missing"));
      if ((*entry)->name == kBackupSumsName) {
        done = compare_sums(**entry);
        break;
      }
      done = read_file(**entry);
    }
    if (!done) return fail(std::move(done).error());
    const auto behind = archive_.next();
    if (!behind) return fail(behind.error());
    if (*behind) return fail(damaged(path_, "something stands behind its end"));
    return std::move(files_);
  }

 private:
  Result<std::string> read_text(const ArchiveReader::Entry& entry, std::size_t max_bytes) {
    if (entry.size > max_bytes) return fail(damaged(path_, entry.name + " is too long"));
    std::string text;
    for (;;) {
      const auto got = archive_.read(buffer_);
      if (!got) return fail(got.error());
      if (*got == 0) return text;
      text.append(buffer_.data(), *got);
    }
  }

  Result<void> read_head() {
    const auto entry = archive_.next();
    if (!entry) return fail(Error(entry.error()));
    if (!*entry || (*entry)->name != kBackupHeadName) return fail(no_backup(path_));
    const auto text = read_text(**entry, kMaxHeadBytes);
    if (!text) return fail(text.error());
    auto checked = check_backup_head(*text);
    if (!checked) return fail(std::move(checked).error().with_context(path_.string()));
    take(**entry, *text);
    return {};
  }

  void take(const ArchiveReader::Entry& entry, std::string_view text) {
    Sha256 sum;
    sum.update(text);
    files_.emplace(entry.name, BackupFile{text.size(), sum.finish()});
  }

  Result<void> read_file(const ArchiveReader::Entry& entry) {
    const auto file = data_file_of(entry.name);
    if (!file) return fail(damaged(path_, "it has an entry that no backup has"));
    if (files_.contains(entry.name)) return fail(damaged(path_, entry.name + " is in it twice"));
    auto done = sink_.begin(*file, entry.size);
    Sha256 sum;
    std::uint64_t size = 0;
    while (done) {
      const auto got = archive_.read(buffer_);
      if (!got) return fail(got.error());
      if (*got == 0) break;
      const std::string_view bytes(buffer_.data(), *got);
      size += bytes.size();
      if (size > entry.size) return fail(damaged(path_, entry.name + " is longer than it says"));
      sum.update(bytes);
      done = sink_.write(bytes);
      on_position_(archive_.position(), entry.name);
    }
    if (!done) return done;
    if (size != entry.size) return fail(damaged(path_, entry.name + " is shorter than it says"));
    files_.emplace(entry.name, BackupFile{size, sum.finish()});
    return sink_.end();
  }

  Result<void> compare_sums(const ArchiveReader::Entry& entry) {
    const auto text = read_text(entry, kMaxSumsBytes);
    if (!text) return fail(text.error());
    const auto sums = parse_backup_sums(*text);
    if (!sums) return fail(damaged(path_, sums.error().message));
    for (const auto& [name, digest] : *sums) {
      const auto found = files_.find(name);
      if (found == files_.end()) return fail(damaged(path_, name + " is missing"));
      if (found->second.sha256 != digest) {
        return fail(damaged(path_, name + " is not what was written"));
      }
    }
    for (const auto& [name, file] : files_) {
      if (!sums->contains(name)) return fail(damaged(path_, name + " has no digest"));
    }
    files_.erase(std::string(kBackupHeadName));
    return {};
  }

  const std::filesystem::path& path_;
  ArchiveReader& archive_;
  BackupSink& sink_;
  const std::function<void(std::uint64_t, std::string_view)>& on_position_;
  std::vector<char> buffer_;
  BackupFiles files_;
};

}  // namespace

std::string write_backup_head(std::string_view program, WallTime made) {
  std::string text(kTitle);
  text += "\n" + std::string(kFormat) + std::to_string(kBackupFormat);
  text += "\nprogram " + std::string(program);
  text += "\nmade " + format_utc(made);
  text +=
      "\n\nBring it back:  wakeful restore THIS_FILE --data FOLDER     (FOLDER is empty or "
      "absent)\n"
      "By hand:        mkdir -m 700 FOLDER; tar -C FOLDER -xf THIS_FILE; cd FOLDER; sha256sum -c "
      "SHA256SUMS\n";
  return text;
}

Result<void> check_backup_head(std::string_view text) {
  if (next_line(text) != kTitle) return fail(Errc::parse, "it is not a backup of Wakeful");
  const auto line = next_line(text);
  const auto number = line && line->starts_with(kFormat)
                          ? parse_integer<std::int64_t>(line->substr(kFormat.size()))
                          : std::nullopt;
  if (!number || *number < 1) {
    return fail(Errc::parse, "the backup is damaged: it does not say its format");
  }
  if (*number == kBackupFormat) return {};
  return fail(Errc::unsupported, "the backup has format " + std::to_string(*number) +
                                     ", this program knows up to format " +
                                     std::to_string(kBackupFormat) +
                                     "; restore it with the newer Wakeful that made it");
}

std::string write_backup_sums(const BackupFiles& files) {
  std::string text;
  for (const auto& [name, file] : files) text += file.sha256 + "  " + name + "\n";
  return text;
}

Result<std::map<std::string, std::string>> parse_backup_sums(std::string_view text) {
  std::map<std::string, std::string> sums;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  while (const auto line = next_line(text)) {
    const bool good = line->size() > kDigestLetters + 2 &&
                      std::ranges::all_of(line->substr(0, kDigestLetters), is_hex) &&
                      line->substr(kDigestLetters, 2) == "  ";
    const std::string name(good ? line->substr(kDigestLetters + 2) : std::string_view());
    // Only names that it can have are repeated in messages.
    const bool known = name == kBackupHeadName || data_file_of(name).has_value();
    if (!known || !sums.emplace(name, line->substr(0, kDigestLetters)).second) {
      return fail(Errc::parse, std::string(kBackupSumsName) + " has a line that it cannot have");
    }
  }
  return sums;
}

Result<BackupFiles> read_backup(
    const std::filesystem::path& path, BackupSink& sink,
    const std::function<void(std::uint64_t, std::string_view)>& on_position) {
  auto archive = ArchiveReader::open(path);
  if (!archive) return fail(std::move(archive).error());
  return Walk(path, **archive, sink, on_position).run();
}

}  // namespace wakeful::store::detail
