#include "store/detail/sqlite_samples.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "store/detail/checkpointer.h"
#include "store/detail/file_lock.h"
#include "store/detail/journal_reader.h"
#include "store/detail/journal_writer.h"
#include "store/detail/migrate.h"

namespace wakeful::store::detail {
namespace {

/// /health may be asked by anybody as often as they like; a check writes to the disk.
constexpr std::chrono::seconds kCheckStaysGood{1};

// The lowest time a sweep may be asked for: an hour is taken off it.
constexpr std::int64_t kLowestSweepMs = std::numeric_limits<std::int64_t>::min() / 2;

class SqliteSamples final : public Samples {
 public:
  SqliteSamples(FileLock lock, std::unique_ptr<Database> database,
                std::unique_ptr<JournalWriter> writer)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        writer_(std::move(writer)),
        pool_(database_->path()),
        checkpointer_(database_->path(), turn_) {}

  Result<std::vector<Appended>> append(std::span<const AcceptedReport> reports) override {
    const auto turn = turn_.take();
    auto answers = writer_->append(reports);
    checkpointer_.note_wal_pages(database_->wal_pages());
    return answers;
  }

  Result<Columns> read(const SampleQuery& query) override {
    auto database = pool_.take();
    if (!database) return fail(std::move(database).error());
    return read_columns(**database, query);
  }

  Result<std::vector<AcceptedReport>> last_reports() override {
    auto database = pool_.take();
    if (!database) return fail(std::move(database).error());
    return read_last_reports(**database);
  }

  Result<void> remove_server(model::ServerId server) override {
    {
      const auto turn = turn_.take();
      auto begun = writer_->begin_remove_server(server);
      if (!begun) return begun;
    }
    return finish_removal(server);
  }

  Result<void> remove_before(WallTime time) override {
    JournalWriter::Sweep sweep{std::max(to_unix_ms(time), kLowestSweepMs)};
    return in_steps([&] { return writer_->remove_some_before(sweep); });
  }

  Result<void> check_writable() override {
    const auto turn = turn_.take();
    const auto now = std::chrono::steady_clock::now();
    if (good_until_ && now < *good_until_) return {};
    good_until_.reset();
    auto done = writer_->check_writable();
    if (done) good_until_ = now + kCheckStaysGood;
    return done;
  }

  Result<void> finish_half_removed() {
    auto servers = writer_->half_removed();
    if (!servers) return fail(std::move(servers).error());
    for (const auto server : *servers) {
      auto done = finish_removal(server);
      if (!done) return done;
    }
    return {};
  }

 private:
  Result<void> finish_removal(model::ServerId server) {
    return in_steps([&] { return writer_->remove_some_reports(server); });
  }

  /// Each step takes its turn, so append() waits for one at most.
  template <class Step>
  Result<void> in_steps(const Step& step) {
    for (;;) {
      const auto turn = turn_.take();
      auto more = step();
      checkpointer_.note_wal_pages(database_->wal_pages());
      if (!more) return fail(std::move(more).error());
      if (!*more) return {};
    }
  }

  FileLock lock_;
  std::unique_ptr<Database> database_;                               // used in turn_ only
  std::unique_ptr<JournalWriter> writer_;                            // used in turn_ only
  std::optional<std::chrono::steady_clock::time_point> good_until_;  // used in turn_ only
  Turn turn_;
  ReadPool pool_;
  Checkpointer checkpointer_;
};

}  // namespace

Result<std::unique_ptr<Samples>> make_sqlite_samples(const std::filesystem::path& folder) {
  // The writer remembers what is stored; a second one would not know of the first one's reports.
  auto lock = FileLock::take(folder / "samples.lock");
  if (!lock) return fail(std::move(lock).error());
  auto database = Database::open(folder / "samples.db", Database::Access::read_write);
  if (!database) return fail(std::move(database).error());
  auto migrated = migrate(**database, "samples", kSamplesApplicationId);
  if (!migrated) return fail(std::move(migrated).error());
  // A batch changes a page per report; with SQLite's 2 MiB they would go out and come in again
  // within one transaction.
  auto sized = (*database)->execute("open", "PRAGMA cache_size = -65536");
  if (!sized) return fail(std::move(sized).error());
  auto writer = JournalWriter::open(**database);
  if (!writer) return fail(std::move(writer).error());
  auto samples =
      std::make_unique<SqliteSamples>(std::move(*lock), std::move(*database), std::move(*writer));
  auto finished = samples->finish_half_removed();
  if (!finished) return fail(std::move(finished).error());
  return samples;
}

}  // namespace wakeful::store::detail
