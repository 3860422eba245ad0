#include "store/detail/pack_set.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>
#include <system_error>

#include "base/descriptor.h"
#include "base/log.h"

namespace wakeful::store::detail {
namespace {

constexpr std::size_t kMaxWriters = 32;
// Pages of the log before it is written back: 2 MiB of a raw pack's.
constexpr int kTidyPages = 128;
constexpr std::string_view kScratchSuffix = ".tmp";

Error file_error(const std::filesystem::path& path, std::string_view what, int number) {
  const bool denied = number == EACCES || number == EPERM;
  return {denied             ? Errc::denied
          : number == ENOSPC ? Errc::unavailable
                             : Errc::io,
          path.string() + ": cannot " + std::string(what) + ": " + std::strerror(number)};
}

Result<void> sync_path(const std::filesystem::path& path, int flags) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0)
    return fail(file_error(path, "write to the disk", errno));
  return {};
}

std::filesystem::path beside(const std::filesystem::path& path, const char* suffix) {
  return path.string() + suffix;
}

/// A database and what SQLite keeps beside it.
Result<void> remove_database(const std::filesystem::path& path) {
  // The file first: without it the others mean nothing.
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const auto file = beside(path, suffix);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      return fail(file_error(file, "remove", errno));
  }
  return {};
}

}  // namespace

bool Pack::is_rolled_up() {
  if (rolled_up_ == State::unknown) {
    auto database = pool.take();
    if (!database) return false;
    const auto closed = (**database).integer("read the pack's state", "SELECT closed FROM pack");
    if (!closed) return false;
    // Not over a change that came meanwhile.
    auto expected = State::unknown;
    rolled_up_.compare_exchange_strong(expected, *closed != 0 ? State::yes : State::no);
  }
  return rolled_up_ == State::yes;
}

Result<std::unique_ptr<PackSet>> PackSet::open(const std::filesystem::path& folder,
                                               bool read_only) {
  std::unique_ptr<PackSet> set(new PackSet(folder));
  if (!read_only && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(file_error(folder, "make the folder", errno));
  auto listed = set->list(read_only);
  if (!listed) return fail(std::move(listed).error());
  return set;
}

Result<void> PackSet::list(bool read_only) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder_, error);
  if (error) {
    if (read_only && error.value() == ENOENT) return {};
    return fail(file_error(folder_, "list the folder", error.value()));
  }
  std::vector<std::filesystem::path> useless;
  std::vector<PackName> opened;
  for (const auto& entry : entries) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(kScratchSuffix)) useless.push_back(entry.path());
    const auto pack = parse_pack_name(name);
    if (!pack) continue;
    if (pack->open) {
      opened.push_back(*pack);
    } else {
      put(pack->period, false);
    }
  }
  for (const auto& pack : opened) {
    // Where both are there, a crash came between making the closed one and removing this.
    if (get(pack.period)) {
      useless.push_back(pack_path(folder_, pack.period, true));
    } else {
      put(pack.period, true);
    }
  }
  if (read_only) return {};
  for (const auto& path : useless) {
    auto removed = remove_database(path);
    if (!removed) return removed;
  }
  for (const auto& [period, pack] : packs_) recover(*pack);
  return {};
}

/// Finish what a crash cut off and readers cannot: a new file without its tables yet, or a closed one
/// with its rollback journal. A damaged file costs its samples, never the start.
void PackSet::recover(const Pack& pack) {
  std::error_code error;
  if (!pack.open && !std::filesystem::exists(beside(pack.path, "-journal"), error)) return;
  const auto access = pack.open ? Database::Access::wide : Database::Access::rollback;
  const auto recovered = open_pack(pack.path, access);
  if (recovered) return;
  log::error("store", "a file of samples is damaged; its samples cannot be read",
             {{"error", recovered.error()}});
}

void PackSet::put(const Period& period, bool open) {
  const std::lock_guard lock(mutex_);
  packs_[period] = std::make_shared<Pack>(period, open, pack_path(folder_, period, open));
}

std::shared_ptr<Pack> PackSet::get(const Period& period) const {
  const std::lock_guard lock(mutex_);
  const auto found = packs_.find(period);
  return found == packs_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Pack>> PackSet::find(Tier tier, std::int64_t from_ms,
                                                 std::int64_t before_ms) const {
  std::vector<std::shared_ptr<Pack>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [period, pack] : packs_) {
    if (period.tier == tier && period.end_ms > from_ms && period.first_ms < before_ms)
      found.push_back(pack);
  }
  return found;
}

std::vector<std::shared_ptr<Pack>> PackSet::all(Tier tier) const {
  return find(tier, kFirstTimeMs, kEndTimeMs);
}

std::uint64_t PackSet::bytes(Tier tier) const {
  std::uint64_t sum = 0;
  for (const auto& pack : all(tier)) {
    for (const char* suffix : {"", "-wal", "-journal"}) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(beside(pack->path, suffix), gone);
      if (!gone) sum += size;
    }
  }
  return sum;
}

Result<Database*> PackSet::writer(Tier tier, std::int64_t time_ms) {
  const auto period = period_of(tier, time_ms);
  const auto found = writers_.find(period);
  if (found != writers_.end()) return found->second.get();
  if (writers_.size() >= kMaxWriters) writers_.erase(writers_.begin());  // the oldest time
  const auto known = get(period);
  const bool closed = tier == Tier::raw && known && !known->open;
  const auto access = closed              ? Database::Access::rollback
                      : tier == Tier::raw ? Database::Access::wide
                                          : Database::Access::read_write;
  auto pack = open_pack(pack_path(folder_, period, tier == Tier::raw && !closed), access);
  if (!pack) return fail(std::move(pack).error());
  // A backup reads for long; it must not hold packing up when the log is written back.
  if (!closed) {
    auto patient = (*pack)->execute("open", "PRAGMA busy_timeout = 100; PRAGMA cache_size = -1024");
    if (!patient) return fail(std::move(patient).error());
  }
  if (!known) put(period, tier == Tier::raw);
  return writers_.emplace(period, std::move(*pack)).first->second.get();
}

void PackSet::note_change(Tier tier, std::int64_t time_ms) {
  const auto period = period_of(tier, time_ms);
  const std::lock_guard lock(mutex_);
  ++changes_[period];
  const auto found = packs_.find(period);
  if (found != packs_.end()) found->second->note_change();
}

std::uint64_t PackSet::changes(const Period& period) const {
  const std::lock_guard lock(mutex_);
  const auto found = changes_.find(period);
  return found == changes_.end() ? 0 : found->second;
}

void PackSet::tidy(Database& pack) {
  if (pack.wal_pages() < kTidyPages) return;
  auto done = pack.checkpoint(Database::Checkpoint::passive);
  if (done) done = pack.checkpoint(Database::Checkpoint::restart);
  if (!done) {
    log::warning("store", "the write-ahead log could not be written back; it grows meanwhile",
                 {{"error", done.error()}});
  }
}

std::filesystem::path PackSet::scratch_path(const Period& period) const {
  return beside(pack_path(folder_, period, false), kScratchSuffix.data());
}

Result<std::unique_ptr<Database>> PackSet::begin_replacement(const Period& period) {
  auto removed = remove_database(scratch_path(period));
  if (!removed) return fail(std::move(removed).error());
  return open_pack(scratch_path(period), Database::Access::scratch);
}

void PackSet::abandon_replacement(const Period& period) {
  // What cannot be removed now is removed by the next start.
  static_cast<void>(remove_database(scratch_path(period)));
}

void PackSet::close_writer(const Period& period) { writers_.erase(period); }

Result<void> PackSet::replace(const Period& period) {
  const auto scratch = scratch_path(period);
  auto synced = sync_path(scratch, O_RDONLY);
  if (!synced) return synced;
  const auto closed = pack_path(folder_, period, false);
  close_writer(period);
  if (::rename(scratch.c_str(), closed.c_str()) != 0)
    return fail(file_error(closed, "rename to it", errno));
  synced = sync_path(folder_, O_RDONLY | O_DIRECTORY);
  if (!synced) return synced;
  put(period, false);
  return remove_database(pack_path(folder_, period, true));
}

Result<void> PackSet::remove(const Period& period) {
  close_writer(period);
  {
    const std::lock_guard lock(mutex_);
    packs_.erase(period);
  }
  auto removed = remove_database(pack_path(folder_, period, false));
  if (removed && period.tier == Tier::raw)
    removed = remove_database(pack_path(folder_, period, true));
  return removed;
}

}  // namespace wakeful::store::detail
