// store/detail/backup_reader.h: the inside of a backup file: its texts, and reading one to the end
// with every rule held. docs/formats/backup.md describes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/detail/data_files.h"

namespace wakeful::store::detail {

inline constexpr int kBackupFormat = 1;
inline constexpr std::string_view kBackupHeadName = "wakeful-backup.txt";  ///< the first entry
inline constexpr std::string_view kBackupSumsName = "SHA256SUMS";          ///< the last entry

struct BackupFile {
  std::uint64_t size = 0;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  bool operator==(const BackupFile&) const = default;
};
using BackupFiles = std::map<std::string, BackupFile>;

std::string write_backup_head(std::string_view program, WallTime made);
/// errors  parse: not a head; unsupported: of a newer format
Result<void> check_backup_head(std::string_view text);

/// As sha256sum writes and reads it: digest, two blanks, name.
std::string write_backup_sums(const BackupFiles& files);
/// shape  name -> digest. errors  parse
Result<std::map<std::string, std::string>> parse_backup_sums(std::string_view text);

/// Where the files of a backup go. An error ends the reading.
class BackupSink {
 public:
  virtual ~BackupSink() = default;
  virtual Result<void> begin(const DataFile& file, std::uint64_t size) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> end() = 0;
};

/// Read a whole backup: known names only, each once, each with the digest that SHA256SUMS says.
/// What the sink got is good only when no error comes back.
/// on_position  told now and then how many bytes of the file are read, and the entry at hand
/// errors       as restore_store
Result<BackupFiles> read_backup(
    const std::filesystem::path& path, BackupSink& sink,
    const std::function<void(std::uint64_t, std::string_view)>& on_position);

}  // namespace wakeful::store::detail
