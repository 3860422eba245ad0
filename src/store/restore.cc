// Restore of the embedded store from a backup. docs/formats/backup.md describes the file.
//
// The backup is read twice: first every byte is verified and nothing is written, then the files are
// written to a folder beside the place where they belong, each database is verified, and only then do
// they appear under their names. Whatever goes wrong before leaves nothing.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <unistd.h>
#include <vector>

#include <sys/stat.h>
#include <system_error>

#include "base/descriptor.h"
#include "base/strings.h"
#include "store/detail/backup_reader.h"
#include "store/detail/data_files.h"
#include "store/detail/stage_folder.h"
#include "store/detail/verify_database.h"
#include "store/operations.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
using detail::BackupFiles;
using detail::DataFile;
using detail::StageFolder;

constexpr std::uint64_t kSpareBytes = 8 << 20;

Error file_problem(const fs::path& path, int number) {
  Errc code = Errc::io;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::denied;
  if (number == ENOSPC || number == EDQUOT) code = Errc::unavailable;
  return {code, path.string() + ": " + std::strerror(number)};
}

/// The first reading: nothing is kept.
class NoSink final : public detail::BackupSink {
 public:
  Result<void> begin(const DataFile&, std::uint64_t) override { return {}; }
  Result<void> write(std::string_view) override { return {}; }
  Result<void> end() override { return {}; }
};

/// The second reading: into the folder, no more than the first one verified.
class FolderSink final : public detail::BackupSink {
 public:
  FolderSink(const fs::path& backup, const fs::path& folder, const BackupFiles& verified)
      : backup_(backup), folder_(folder), verified_(verified) {}

  Result<void> begin(const DataFile& file, std::uint64_t size) override {
    const auto found = verified_.find(file.name);
    if (found == verified_.end() || found->second.size != size) {
      return fail(Errc::parse, backup_.string() + ": it changed while it was read");
    }
    path_ = folder_ / file.name;
    if (file.kind == detail::DataFileKind::pack &&
        ::mkdir((folder_ / "samples").c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(file_problem(folder_ / "samples", errno));
    }
    file_ = std::make_unique<Descriptor>(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file_->get() < 0) return fail(file_problem(path_, errno));
    return {};
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto put = ::write(file_->get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail(file_problem(path_, errno));
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> end() override {
    const bool synced = ::fsync(file_->get()) == 0;
    const int number = errno;
    file_.reset();
    if (!synced) return fail(file_problem(path_, number));
    return {};
  }

 private:
  const fs::path& backup_;
  const fs::path& folder_;
  const BackupFiles& verified_;
  fs::path path_;
  std::unique_ptr<Descriptor> file_;
};

/// Where the store is to be, and what is there now.
struct Place {
  fs::path data;
  bool exists = false;
  fs::path stage_parent;
  std::string stage_prefix;
};

Result<Place> find_place(const StoreOptions& options) {
  if (options.data_folder.empty()) {
    return fail(Errc::invalid, "data folder: expected a path, got none");
  }
  std::error_code error;
  fs::path data = fs::absolute(options.data_folder, error).lexically_normal();
  if (!data.has_filename()) data = data.parent_path();  // "data/"
  Place place{data, fs::exists(fs::symlink_status(data, error)), data.parent_path(),
              "." + data.filename().string() + ".restore-"};
  if (!place.exists) {
    StageFolder::remove_abandoned(place.stage_parent, place.stage_prefix);
    return place;
  }
  // The folder itself stays: it may be a mount point, or have the owner that the server needs.
  place.stage_parent = data;
  place.stage_prefix = ".restore-";
  StageFolder::remove_abandoned(data, place.stage_prefix);
  const bool empty = fs::is_directory(data, error) && fs::is_empty(data, error);
  if (error) return fail(file_problem(data, error.value()));
  if (empty) return place;
  return fail(Errc::conflict, data.string() +
                                  ": it exists and is not an empty folder; restore into another "
                                  "one, or move it away first");
}

Result<void> verify_files(const fs::path& backup, const fs::path& folder, const BackupFiles& files,
                          const std::function<void(std::uint64_t, std::string_view)>& on_bytes) {
  std::uint64_t bytes = 0;
  for (const auto& [name, about] : files) {
    const auto file = detail::data_file_of(name);
    on_bytes(bytes, name);
    bytes += about.size;
    const auto where = backup.string() + ": " + name;
    auto database = detail::Database::open(folder / name, detail::Database::Access::read_only);
    // Opening reads the first page: what we wrote a moment ago is no database then.
    if (!database) return fail(Error{Errc::parse, database.error().message}.with_context(where));
    auto identity = detail::check_identity(**database, file->kind);
    if (!identity) {
      Error problem = std::move(identity).error();
      if (problem.code != Errc::unsupported) problem.code = Errc::parse;
      return fail(std::move(problem).with_context(where));
    }
    const auto problems = detail::find_page_problems(**database);
    if (!problems) return fail(Error{Errc::parse, problems.error().message}.with_context(where));
    if (!problems->empty()) {
      return fail(Errc::parse, where + ": it was damaged before the backup: " + problems->front() +
                                   "; use another backup");
    }
    // SQLite's log files of an archive made by hand: our own copies have none.
    database->reset();
    std::error_code ignored;
    for (const auto* suffix : {"-wal", "-shm", "-journal"}) {
      fs::remove((folder / name).string() + suffix, ignored);
    }
  }
  return {};
}

/// Files restored by root for a server that runs as somebody else.
Result<void> give_to_owner(const fs::path& folder, const struct ::stat& owner) {
  if (::geteuid() != 0) return {};
  std::error_code error;
  std::vector<fs::path> paths = {folder};
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.push_back(entry->path());
  }
  if (error) return fail(file_problem(folder, error.value()));
  for (const auto& path : paths) {
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) {
      return fail(file_problem(path, errno));
    }
  }
  return {};
}

Result<void> put_in_place(const Place& place, StageFolder& stage) {
  if (!place.exists) {
    if (::rename(stage.path().c_str(), place.data.c_str()) != 0) {
      return fail(file_problem(place.data, errno));
    }
    stage.keep();
    return detail::sync_to_disk(place.stage_parent);
  }
  // The registry last: without it no server is known, and nothing of the rest would be seen.
  for (const auto* name : {"samples", "samples.db", "registry.db"}) {
    const auto from = stage.path() / name;
    const auto to = place.data / name;
    if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) {
      return fail(file_problem(to, errno));
    }
  }
  return detail::sync_to_disk(place.data);
}

class Restore {
 public:
  Restore(const fs::path& file, const Progress& progress) : file_(file), progress_(progress) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) step_ = size;
  }

  Result<void> run(const Place& place) {
    NoSink none;
    const auto files = detail::read_backup(file_, none, told(0));
    if (!files) return fail(files.error());
    std::uint64_t bytes = 0;
    for (const auto& [name, about] : *files) bytes += about.size;
    std::error_code error;
    fs::create_directories(place.stage_parent, error);
    if (error) return fail(file_problem(place.stage_parent, error.value()));
    auto stage = StageFolder::make(place.stage_parent, place.stage_prefix);
    if (!stage) return fail(std::move(stage).error());
    const auto free = detail::free_bytes(stage->path());
    if (free < bytes + kSpareBytes) {
      return fail(Errc::unavailable, place.data.string() + ": the store needs " +
                                         format_bytes(bytes + kSpareBytes) + ", and there are " +
                                         format_bytes(free) + " free");
    }
    auto done = fill(*stage, *files, bytes);
    if (done) done = hand_over(place, *stage);
    return done;
  }

 private:
  std::function<void(std::uint64_t, std::string_view)> told(std::uint64_t before) {
    return [this, before](std::uint64_t position, std::string_view name) {
      progress_(before + std::min(position, step_), 3 * step_, name);
    };
  }

  Result<void> fill(const StageFolder& stage, const BackupFiles& files, std::uint64_t bytes) {
    FolderSink sink(file_, stage.path(), files);
    const auto again = detail::read_backup(file_, sink, told(step_));
    if (!again) return fail(again.error());
    if (*again != files)
      return fail(Errc::parse, file_.string() + ": it changed while it was read");
    const auto share = [&](std::uint64_t checked) {
      const double part = static_cast<double>(checked) / static_cast<double>(bytes + 1);
      return static_cast<std::uint64_t>(part * static_cast<double>(step_));
    };
    const auto tell = told(2 * step_);
    return verify_files(
        file_, stage.path(), files,
        [&](std::uint64_t checked, std::string_view name) { tell(share(checked), name); });
  }

  static Result<void> hand_over(const Place& place, StageFolder& stage) {
    struct ::stat owner {};
    if (::stat(place.stage_parent.c_str(), &owner) != 0) {
      return fail(file_problem(place.stage_parent, errno));
    }
    // A folder that was there says for whom it is; a new one is its maker's.
    if (place.exists) {
      auto given = give_to_owner(stage.path(), owner);
      if (!given) return given;
    }
    std::error_code ignored;
    if (fs::exists(stage.path() / "samples", ignored)) {
      auto synced = detail::sync_to_disk(stage.path() / "samples");
      if (!synced) return synced;
    }
    auto synced = detail::sync_to_disk(stage.path());
    if (!synced) return synced;
    return put_in_place(place, stage);
  }

  const fs::path& file_;
  const Progress& progress_;
  std::uint64_t step_ = 1;  // the file's size: each of the three steps counts as much
};

}  // namespace

Result<void> restore_store(const fs::path& file, const StoreOptions& options,
                           const Progress& progress) {
  auto embedded = detail::check_embedded(options);
  if (!embedded) return embedded;
  const auto place = find_place(options);
  if (!place) return fail(place.error());
  return Restore(file, progress).run(*place);
}

}  // namespace wakeful::store
