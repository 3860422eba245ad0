// Backup of the embedded store. docs/formats/backup.md describes the file.
//
// The order makes it whole beside a running server, which packs batches of the journal into packs and
// then deletes them from the journal:
//   1. The batches of the journal are gathered.
//   2. The packs are copied, and before each of them the batches are gathered again. A batch that is
//      packed too late for a copied pack is among the gathered ones.
//   3. The journal is copied, with all container numbers and agent runs that a pack may speak of,
//      and the gathered batches that it lost meanwhile are put back.
//   4. The registry is copied: it knows every server of which there is a sample.
// A batch may then be both in the journal and in a pack. Packs remember (table `packed`) up to which
// batch of which journal they are complete, so a start packs nothing twice.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <system_error>

#include "base/clock.h"
#include "base/strings.h"
#include "store/detail/archive.h"
#include "store/detail/backup_reader.h"
#include "store/detail/backup_target.h"
#include "store/detail/data_files.h"
#include "store/detail/sha256.h"
#include "store/detail/snapshot.h"
#include "store/detail/stage_folder.h"
#include "store/operations.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
using detail::DataFile;
using detail::DataFileKind;
using detail::StageFolder;

const std::string kStagePrefix = ".backup-";
/// Beyond what is counted: the tables of the file system, and what the server writes meanwhile.
constexpr std::uint64_t kSpareBytes = 8 << 20;
/// A pack is replaced once or twice in its life.
constexpr int kAttempts = 5;

/// A database with its log, as it lies on the disk.
std::uint64_t size_on_disk(const fs::path& path) {
  std::uint64_t bytes = 0;
  for (const auto* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto size = fs::file_size(path.string() + suffix, error);
    if (!error) bytes += size;
  }
  return bytes;
}

class Backup {
 public:
  Backup(const fs::path& data, const Progress& progress, const StageFolder& stage,
         detail::ArchiveWriter& archive)
      : data_(data),
        progress_(progress),
        stage_(stage),
        archive_(archive),
        now_(SystemClock().wall_now()) {}

  Result<std::uint64_t> run(const std::vector<DataFile>& listed) {
    for (const auto& file : listed) total_ += 2 * size_on_disk(data_ / file.name);
    const auto head = detail::write_backup_head(WAKEFUL_VERSION, now_);
    auto done = add_text(detail::kBackupHeadName, head);
    if (!done) return fail(std::move(done).error());
    if (fs::exists(data_ / "samples.db")) {
      auto batches = detail::JournalBatches::begin(data_ / "samples.db", stage_.path() / "batches");
      if (!batches) return fail(std::move(batches).error());
      batches_ = std::move(*batches);
    }
    // Again and again: a day that is closed meanwhile goes on under another name. Where the backup has
    // both, the closed one counts.
    for (bool more = true; more;) {
      auto added = add_databases(DataFileKind::pack);
      if (!added) return fail(std::move(added).error());
      more = *added > 0;
    }
    for (const auto kind : {DataFileKind::samples, DataFileKind::registry}) {
      auto added = add_databases(kind);
      if (!added) return fail(std::move(added).error());
    }
    const std::uint64_t count = files_.size() - 1;
    done = archive_.add_text(std::string(detail::kBackupSumsName),
                             detail::write_backup_sums(files_), now_);
    if (done) done = archive_.finish();
    if (!done) return fail(std::move(done).error());
    return count;
  }

 private:
  Result<void> add_text(std::string_view name, const std::string& text) {
    detail::Sha256 sum;
    sum.update(text);
    files_.emplace(name, detail::BackupFile{text.size(), sum.finish()});
    return archive_.add_text(std::string(name), text, now_);
  }

  /// Those of a kind that are there now and were not tried before. shape  how many
  Result<int> add_databases(DataFileKind kind) {
    const auto files = detail::list_data_files(data_);
    if (!files) return fail(files.error());
    int added = 0;
    for (const auto& file : *files) {
      if (file.kind != kind || !tried_.insert(file.name).second) continue;
      auto done = add_database(file);
      if (!done) return fail(std::move(done).error());
      ++added;
    }
    return added;
  }

  Result<void> add_database(const DataFile& file) {
    const auto source = data_ / file.name;
    const auto weight = size_on_disk(source);
    progress_(done_, std::max(total_, done_), file.name);
    const auto copy = stage_.path() / "copy";
    auto copied = copy_database(file, source, copy);
    if (!copied) return fail(std::move(copied).error());
    if (*copied) {
      done_ += weight;
      std::error_code error;
      const auto size = std::max<std::uint64_t>(1, fs::file_size(copy, error));
      const auto on_bytes = [&](std::uint64_t bytes) {
        const double share = static_cast<double>(bytes) / static_cast<double>(size);
        const auto now = done_ + static_cast<std::uint64_t>(share * static_cast<double>(weight));
        progress_(now, std::max(total_, now), file.name);
      };
      auto sum = archive_.add_file(file.name, copy, now_, on_bytes);
      if (!sum) return fail(std::move(sum).error());
      files_.emplace(file.name, detail::BackupFile{size, *sum});
      fs::remove(copy, error);
    }
    done_ += weight;
    return {};
  }

  /// shape  false: the pack is gone; its time was over, or the size limit was reached
  Result<bool> copy_database(const DataFile& file, const fs::path& source, const fs::path& copy) {
    if (file.kind == DataFileKind::pack && batches_) {
      auto gathered = batches_->gather();
      if (!gathered) return fail(std::move(gathered).error());
    }
    Result<void> copied;
    std::error_code error;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      fs::remove(copy, error);
      const auto number = detail::file_number(source);
      copied = detail::copy_database(source, copy);
      if (detail::file_number(source) == number) break;  // else it was replaced meanwhile
    }
    if (!copied && file.kind == DataFileKind::pack && !fs::exists(source, error) && !error) {
      fs::remove(copy, error);
      return false;
    }
    if (!copied) {
      Error problem = std::move(copied).error();
      problem.message += "; `wakeful check` says what is damaged";
      return fail(std::move(problem));
    }
    if (file.kind == DataFileKind::samples && batches_) {
      auto merged = batches_->merge_into(copy);
      if (!merged) return fail(std::move(merged).error());
    }
    return true;
  }

  const fs::path& data_;
  const Progress& progress_;
  const StageFolder& stage_;
  detail::ArchiveWriter& archive_;
  std::set<std::string> tried_;
  WallTime now_;
  std::unique_ptr<detail::JournalBatches> batches_;
  detail::BackupFiles files_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
};

/// Temporary copies: the journal twice, and one other file at a time. The backup itself: at least
/// what the packs take, since blocks hardly become smaller.
Result<void> check_space(const fs::path& data, const fs::path& folder,
                         const std::vector<DataFile>& files) {
  std::uint64_t journal = 0;
  std::uint64_t largest = 0;
  std::uint64_t packs = 0;
  for (const auto& file : files) {
    const auto size = size_on_disk(data / file.name);
    if (file.kind == DataFileKind::samples) journal = size;
    if (file.kind == DataFileKind::pack) packs += size;
    largest = std::max(largest, size);
  }
  struct ::stat data_about {};
  struct ::stat folder_about {};
  const bool one_disk = ::stat(data.c_str(), &data_about) == 0 &&
                        ::stat(folder.c_str(), &folder_about) == 0 &&
                        data_about.st_dev == folder_about.st_dev;
  const auto check = [](const fs::path& where, std::uint64_t needed,
                        std::string_view what) -> Result<void> {
    const auto free = detail::free_bytes(where);
    if (free >= needed) return {};
    return fail(Errc::unavailable, where.string() + ": " + std::string(what) + " " +
                                       format_bytes(needed) + ", and there are " +
                                       format_bytes(free) + ": free " +
                                       format_bytes(needed - free) + " more");
  };
  const std::uint64_t temporary = journal + largest + kSpareBytes;
  auto enough =
      check(data, temporary + (one_disk ? packs : 0),
            one_disk ? "the backup and its temporary copies need" : "temporary copies need");
  if (!enough || one_disk) return enough;
  return check(folder, packs + kSpareBytes, "the backup needs");
}

}  // namespace

Result<BackupSummary> backup_store(const StoreOptions& options, const fs::path& file,
                                   const Progress& progress) {
  auto there = detail::check_there_is_a_store(options);
  if (!there) return fail(std::move(there).error());
  auto target = detail::BackupTarget::open(file);
  if (!target) return fail(std::move(target).error());
  StageFolder::remove_abandoned(options.data_folder, kStagePrefix);
  const auto files = detail::list_data_files(options.data_folder);
  if (!files) return fail(files.error());
  auto enough = check_space(options.data_folder, detail::BackupTarget::folder_of(file), *files);
  if (!enough) return fail(std::move(enough).error());
  auto stage = StageFolder::make(options.data_folder, kStagePrefix);
  if (!stage) return fail(std::move(stage).error());
  auto archive = detail::ArchiveWriter::begin((*target)->descriptor(), file.string());
  if (!archive) return fail(std::move(archive).error());
  const auto written = Backup(options.data_folder, progress, *stage, **archive).run(*files);
  if (!written) return fail(written.error());
  const auto size = (*target)->finish();
  if (!size) return fail(size.error());
  return BackupSummary{*written, *size};
}

}  // namespace wakeful::store
