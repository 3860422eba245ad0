#include "store/detail/snapshot.h"

#include <string>
#include <string_view>

namespace wakeful::store::detail {
namespace {

/// The first schema of samples.db that has batches.
constexpr std::int64_t kBatchSchema = 2;

Result<std::int64_t> count_old_reports(Database& database, std::int64_t schema) {
  // Up to then they are the journal, and nothing moves them.
  if (schema < kBatchSchema) return std::int64_t{0};
  return database.integer("count old reports", "SELECT count(*) FROM report");
}

Result<std::int64_t> read_schema(Database& database) {
  return database.integer("read the schema's version", "PRAGMA user_version");
}

/// No log beside it and no waiting for the disk: it is thrown away, or synced when it is done.
Result<void> make_temporary(Database& database) {
  return database.execute("open", "PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE");
}

}  // namespace

Result<void> copy_database(const std::filesystem::path& source,
                           const std::filesystem::path& target) {
  auto database = Database::open(source, Database::Access::read_only);
  if (!database) return fail(std::move(database).error());
  // It keeps VACUUM INTO from writing to the new file too.
  auto allowed = (*database)->execute("copy", "PRAGMA query_only = 0");
  if (!allowed) return allowed;
  const std::string name = target.string();
  return (*database)->query("copy", "VACUUM INTO ?").text(name).run();
}

Result<std::unique_ptr<JournalBatches>> JournalBatches::begin(const std::filesystem::path& source,
                                                              const std::filesystem::path& store) {
  auto journal = Database::open(source, Database::Access::read_only);
  if (!journal) return fail(std::move(journal).error());
  auto gathered = Database::open(store, Database::Access::read_write);
  if (!gathered) return fail(std::move(gathered).error());
  auto ready = make_temporary(**gathered);
  if (!ready) return fail(std::move(ready).error());
  ready = (*gathered)->execute(
      "gather batches", "CREATE TABLE batch (id INTEGER PRIMARY KEY, records BLOB NOT NULL)");
  if (!ready) return fail(std::move(ready).error());
  std::unique_ptr<JournalBatches> batches(
      new JournalBatches(std::move(*journal), std::move(*gathered)));
  ready = batches->look_at_journal();
  if (ready) ready = batches->gather();
  if (!ready) return fail(std::move(ready).error());
  return batches;
}

Result<void> JournalBatches::look_at_journal() {
  const auto schema = read_schema(*journal_);
  if (!schema) return fail(schema.error());
  schema_ = *schema;
  const auto old_reports = count_old_reports(*journal_, schema_);
  if (!old_reports) return fail(old_reports.error());
  old_reports_ = *old_reports;
  if (schema_ == 0) return {};  // just being made: it has no tables yet
  auto query = journal_->query("read removals", "SELECT server FROM removed WHERE done = 1");
  for (;;) {
    const auto row = query.next();
    if (!row) return fail(row.error());
    if (!*row) return {};
    removed_.insert(query.integer_at(0));
  }
}

Result<void> JournalBatches::gather() {
  if (schema_ < kBatchSchema) return {};
  auto transaction = Transaction::begin(*gathered_);
  if (!transaction) return fail(std::move(transaction).error());
  auto query =
      journal_->query("read batches", "SELECT id, records FROM batch WHERE id > ? ORDER BY id");
  query.integer(last_batch_);
  for (;;) {
    const auto row = query.next();
    if (!row) return fail(row.error());
    if (!*row) break;
    auto put = gathered_->query("gather batches", "INSERT INTO batch (id, records) VALUES (?, ?)");
    auto done = put.integer(query.integer_at(0)).blob(query.bytes_at(1)).run();
    if (!done) return done;
    last_batch_ = query.integer_at(0);
  }
  return transaction->commit();
}

Result<void> JournalBatches::merge_into(const std::filesystem::path& copy) {
  auto database = Database::open(copy, Database::Access::read_write);
  if (!database) return fail(std::move(database).error());
  auto done = make_temporary(**database);
  if (!done) return done;
  const auto schema = read_schema(**database);
  if (!schema) return fail(schema.error());
  const auto old_reports = count_old_reports(**database, *schema);
  if (!old_reports) return fail(old_reports.error());
  if (*schema != schema_ || *old_reports < old_reports_) {
    return fail(Errc::unavailable,
                journal_->path().string() +
                    ": the server is bringing it to a newer format right now; try again when that "
                    "is done");
  }
  if (schema_ >= kBatchSchema) {
    const auto attach =
        (*database)->query("merge", "ATTACH ? AS gathered").text(gathered_->path().native()).run();
    if (!attach) return attach;
    done = (*database)->execute("merge",
                                "INSERT OR IGNORE INTO batch (id, records) "
                                "SELECT id, records FROM gathered.batch; DETACH gathered");
    if (!done) return done;
  }
  if (schema_ == 0) return {};
  // The packs may have been copied before a removal reached them: the next start does it again.
  done = (*database)->execute("merge", "UPDATE removed SET done = 0");
  for (auto server = removed_.begin(); done && server != removed_.end(); ++server) {
    done = (*database)
               ->query("merge", "UPDATE removed SET done = 1 WHERE server = ?")
               .integer(*server)
               .run();
  }
  return done;
}

}  // namespace wakeful::store::detail
