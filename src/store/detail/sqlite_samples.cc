#include "store/detail/sqlite_samples.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "store/detail/checkpointer.h"
#include "store/detail/entity_table.h"
#include "store/detail/file_lock.h"
#include "store/detail/journal_writer.h"
#include "store/detail/keeper.h"
#include "store/detail/migrate.h"
#include "store/detail/newest_reader.h"
#include "store/detail/page_reader.h"
#include "store/detail/read_pool.h"
#include "store/detail/report_table.h"
#include "store/detail/series_reader.h"
#include "store/facts_codec.h"

namespace wakeful::store::detail {
namespace {

/// /health may be asked by anybody as often as they like; a check writes to the disk.
constexpr std::chrono::seconds kCheckStaysGood{1};

// Blocks of a removed server that go in one transaction.
constexpr std::int64_t kBlocksAtOnce = 500;

std::filesystem::path packs_folder(const StoreOptions& options) {
  return options.data_folder / "samples";
}

WallTime received_at(const Row& row) {
  return from_unix_ms(static_cast<std::int64_t>(static_cast<std::uint64_t>(row.time_ms) +
                                                static_cast<std::uint64_t>(row.delay_ms)));
}

/// What reading needs. Also all there is of a store that is only read.
class SqliteReader : public Samples {
 public:
  SqliteReader(std::unique_ptr<Database> database, std::unique_ptr<PackSet> packs)
      : database_(std::move(database)), packs_(std::move(packs)), pool_(database_->path()) {}

  /// Bring what is on disk to where reads find it.
  Result<void> load(std::size_t unpacked_bytes) {
    auto writer = JournalWriter::open(*database_, recent_, unpacked_bytes,
                                      [this](model::ServerId server, std::int64_t time_ms) {
                                        return raw_.has_time(server, time_ms);
                                      });
    if (!writer) return fail(std::move(writer).error());
    writer_ = std::move(*writer);
    auto packed = packed_up_to();
    if (!packed) return fail(std::move(packed).error());
    return writer_->replay([&](model::ServerId server, std::int64_t time_ms) {
      const auto day = packed->find(period_of(Tier::raw, time_ms).first_ms);
      if (day == packed->end()) return std::int64_t{0};
      const auto found = day->second.find(model::to_number(server));
      return found == day->second.end() ? std::int64_t{0} : found->second;
    });
  }

  Result<Columns> read(const SampleQuery& query) override {
    auto number = find_number(query.server, query.entity, query.entity_name);
    if (!number) return fail(std::move(number).error());
    if (*number) return read_page(raw_, query, **number);
    Columns none;
    none.values.resize(query.metrics.size());
    return none;
  }

  Result<SeriesAnswer> series(const SeriesQuery& query) override {
    if (query.series.empty() || query.series.size() > kMaxSeries) {
      return fail(Errc::invalid, "series: expected 1 to " + std::to_string(kMaxSeries) + ", got " +
                                     std::to_string(query.series.size()));
    }
    auto range = check_range(query.from, query.before, query.step);
    if (!range) return fail(std::move(range).error());
    std::vector<std::optional<std::uint32_t>> numbers;
    for (const auto& key : query.series) {
      auto number = find_number(key.server, model::metric_info(key.metric).entity, key.entity_name);
      if (!number) return fail(std::move(number).error());
      numbers.push_back(*number);
    }
    return series_.read(query, numbers, writer_->begins());
  }

  Result<Coverage> coverage(model::ServerId server, WallTime from, WallTime before,
                            Milliseconds step) override {
    auto range = check_range(from, before, step);
    if (!range) return fail(std::move(range).error());
    return series_.read_coverage(server, from, before, step, writer_->begins());
  }

  Result<std::vector<NewestValues>> newest(model::EntityKind kind,
                                           std::span<const model::Metric> metrics,
                                           std::span<const model::ServerId> servers) override {
    return read_newest(recent_, kind, metrics, servers, names());
  }

  Result<std::vector<EntityInfo>> entities(model::ServerId server) override {
    auto database = pool_.take();
    if (!database) return fail(std::move(database).error());
    auto entities = list_containers(**database, server);
    const auto row = recent_.newest(server);
    if (!entities || !row) return entities;
    for (const auto slot : *row->shape) {
      if (slot_kind(slot) != model::EntityKind::core) continue;
      entities->push_back({model::EntityKind::core, std::to_string(slot_number(slot)),
                           from_unix_ms(kFirstTimeMs), from_unix_ms(row->time_ms)});
    }
    return entities;
  }

  Result<std::vector<TopEntry>> top(const TopQuery& query) override {
    return read_top(recent_, raw_, query, names());
  }

  Result<std::vector<AcceptedReport>> last_reports() override {
    auto database = pool_.take();
    if (!database) return fail(std::move(database).error());
    std::vector<AcceptedReport> reports;
    auto facts =
        (**database).query("read the last reports", "SELECT facts FROM server WHERE id = ?");
    for (const auto server : recent_.servers()) {
      const auto row = recent_.newest(server);
      auto found = facts.integer(model::to_number(server)).next();
      if (!found) return fail(std::move(found).error());
      auto report = *found ? decode_facts(facts.bytes_at(0)) : Result<model::Report>();
      facts.reset();
      if (!row || !*found) continue;
      if (!report) {
        log_damaged_facts(server, report.error());
        continue;
      }
      auto known = container_names(**database, server);
      if (!known) return fail(std::move(known).error());
      const auto time = from_unix_ms(row->time_ms);
      reports.push_back({server, row->key, time, received_at(*row),
                         join_report(*row, std::move(*report), *known)});
    }
    return reports;
  }

  Result<StoreSize> size() override {
    StoreSize size;
    for (const char* name : {"samples.db", "samples.db-wal"}) {
      std::error_code gone;
      const auto bytes = std::filesystem::file_size(database_->path().parent_path() / name, gone);
      if (!gone) size.journal_bytes += bytes;
    }
    size.raw_bytes = packs_->bytes(Tier::raw);
    size.minutes_bytes = packs_->bytes(Tier::minutes);
    size.hours_bytes = packs_->bytes(Tier::hours);
    return size;
  }

  Result<std::vector<Appended>> append(std::span<const AcceptedReport>) override {
    return fail(only_read());
  }
  Result<void> remove_server(model::ServerId) override { return fail(only_read()); }
  Result<void> maintain(WallTime, const Retention&, std::stop_token) override {
    return fail(only_read());
  }
  Result<void> check_writable() override { return fail(only_read()); }

 protected:
  std::unique_ptr<Database> database_;  // a writing store uses it in its turn only
  std::unique_ptr<PackSet> packs_;
  Recent recent_;
  RawReader raw_{recent_, *packs_};
  SeriesReader series_{raw_, *packs_};
  std::unique_ptr<JournalWriter> writer_;  // likewise
  ReadPool pool_;

 private:
  static Error only_read() { return {Errc::denied, "the store is open to be read only"}; }

  void log_damaged_facts(model::ServerId server, const Error& error) const {
    log::error("store", "what a server said last cannot be read and is left out",
               {{"file", database_->path().string()},
                {"server", model::to_number(server)},
                {"error", error}});
  }

  Result<std::optional<std::uint32_t>> find_number(model::ServerId server, model::EntityKind kind,
                                                   const std::string& name) {
    if (kind == model::EntityKind::host) return 0;
    auto database = pool_.take();
    if (!database) return fail(std::move(database).error());
    return find_entity(**database, server, kind, name);
  }

  ContainerNames names() {
    return [this](model::ServerId server) -> Result<std::map<std::uint32_t, std::string>> {
      auto database = pool_.take();
      if (!database) return fail(std::move(database).error());
      return container_names(**database, server);
    };
  }

  /// By day and server: the last batch of our journal that a pack has.
  Result<std::map<std::int64_t, std::map<std::int64_t, std::int64_t>>> packed_up_to() {
    std::map<std::int64_t, std::map<std::int64_t, std::int64_t>> packed;
    for (const auto& pack : packs_->all(Tier::raw)) {
      auto database = pack->pool.take();
      if (!database) return fail(std::move(database).error());
      auto rows = (**database)
                      .query("read what is packed",
                             "SELECT server, batch FROM packed, pack WHERE journal = ?");
      rows.integer(writer_->identity());
      for (;;) {
        const auto more = rows.next();
        // A damaged pack costs its samples, never the start.
        if (!more) log_damaged_pack(more.error());
        if (!more || !*more) break;
        packed[pack->period.first_ms][rows.integer_at(0)] = rows.integer_at(1);
      }
    }
    return packed;
  }

  static void log_damaged_pack(const Error& error) {
    log::error("store", "a file of samples is damaged; its samples cannot be read",
               {{"error", error}});
  }
};

class SqliteSamples final : public SqliteReader {
 public:
  SqliteSamples(FileLock lock, std::unique_ptr<Database> database, std::unique_ptr<PackSet> packs)
      : SqliteReader(std::move(database), std::move(packs)),
        lock_(std::move(lock)),
        checkpointer_(database_->path(), turn_) {}

  Result<void> begin(std::size_t unpacked_bytes) {
    auto loaded = load(unpacked_bytes);
    if (!loaded) return loaded;
    auto finished = finish_half_removed();
    if (!finished) return finished;
    keeper_.emplace(Keeper::Parts{recent_, *packs_, raw_, *writer_, turn_});
    keeper_->start();
    return {};
  }

  Result<std::vector<Appended>> append(std::span<const AcceptedReport> reports) override {
    const auto turn = turn_.take();
    auto answers = writer_->append(reports);
    checkpointer_.note_wal_pages(database_->wal_pages());
    return answers;
  }

  Result<void> remove_server(model::ServerId server) override {
    {
      const auto turn = turn_.take();
      auto begun = writer_->begin_remove_server(server);
      if (!begun) return begun;
    }
    return finish_removal(server);
  }

  Result<void> maintain(WallTime now, const Retention& retention, std::stop_token stop) override {
    return keeper_->keep(now, retention, stop);
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

 private:
  Result<void> finish_half_removed() {
    auto servers = writer_->half_removed();
    if (!servers) return fail(std::move(servers).error());
    for (const auto server : *servers) {
      auto done = finish_removal(server);
      if (!done) return done;
    }
    return {};
  }

  Result<void> finish_removal(model::ServerId server) {
    // What was taken to be packed before the server was forgotten is packed now, maybe into a new file.
    static_cast<void>(packs_->writing());
    for (const auto tier : {Tier::raw, Tier::minutes, Tier::hours}) {
      for (const auto& pack : packs_->all(tier)) {
        auto done = remove_from(server, pack->period);
        if (!done) return done;
      }
    }
    const auto turn = turn_.take();
    return writer_->end_remove_server(server);
  }

  /// In short steps, so that packing goes on meanwhile.
  Result<void> remove_from(model::ServerId server, const Period& period) {
    for (;;) {
      const auto writing = packs_->writing();
      auto pack = packs_->writer(period.tier, period.first_ms);
      if (!pack) return fail(std::move(pack).error());
      auto transaction = Transaction::begin(**pack);
      if (!transaction) return fail(std::move(transaction).error());
      auto removed = remove_blocks_of(**pack, server, kBlocksAtOnce);
      if (!removed) return fail(std::move(removed).error());
      // A closed pack is to be closed again: that gives its free space back.
      Result<void> done;
      if (*removed > 0 && period.tier == Tier::raw)
        done = (*pack)->query("note a removal", "UPDATE pack SET closed = 0").run();
      if (done) done = transaction->commit();
      if (!done) return done;
      if (*removed > 0) packs_->note_change(period.tier, period.first_ms);
      if (*removed < kBlocksAtOnce) return {};
    }
  }

  FileLock lock_;
  Turn turn_;
  std::optional<std::chrono::steady_clock::time_point> good_until_;  // used in turn_ only
  Checkpointer checkpointer_;
  std::optional<Keeper> keeper_;  // the last: its thread uses all of the above
};

}  // namespace

Result<std::unique_ptr<Samples>> make_sqlite_samples(const StoreOptions& options) {
  const auto& folder = options.data_folder;
  // The writer remembers what is stored; a second one would not know of the first one's reports.
  auto lock = FileLock::take(folder / "samples.lock");
  if (!lock) return fail(std::move(lock).error());
  auto database = Database::open(folder / "samples.db", Database::Access::read_write);
  if (!database) return fail(std::move(database).error());
  auto migrated = migrate(**database, "samples", kSamplesApplicationId);
  // A batch is some pages; with SQLite's 2 MiB a large one would go out and come in again.
  if (migrated) migrated = (*database)->execute("open", "PRAGMA cache_size = -16384");
  if (!migrated) return fail(std::move(migrated).error());
  auto packs = PackSet::open(packs_folder(options), false);
  if (!packs) return fail(std::move(packs).error());
  auto packed = pack_report_table(**database, **packs);
  if (!packed) return fail(std::move(packed).error());
  auto samples =
      std::make_unique<SqliteSamples>(std::move(*lock), std::move(*database), std::move(*packs));
  auto begun = samples->begin(options.unpacked_bytes);
  if (!begun) return fail(std::move(begun).error());
  return samples;
}

Result<std::unique_ptr<Samples>> read_sqlite_samples(const StoreOptions& options) {
  auto database = Database::open(options.data_folder / "samples.db", Database::Access::read_only);
  if (!database) return fail(std::move(database).error());
  auto known = check_schema(**database, "samples", kSamplesApplicationId);
  if (!known) return fail(std::move(known).error());
  // One view of the journal, older than that of the packs: what moves meanwhile is in both, and seen
  // once.
  auto begun = (*database)->execute("read the journal", "BEGIN; SELECT count(*) FROM journal");
  if (!begun) return fail(std::move(begun).error());
  auto packs = PackSet::open(packs_folder(options), true);
  if (!packs) return fail(std::move(packs).error());
  auto samples = std::make_unique<SqliteReader>(std::move(*database), std::move(*packs));
  auto loaded = samples->load(options.unpacked_bytes);
  if (!loaded) return fail(std::move(loaded).error());
  return samples;
}

}  // namespace wakeful::store::detail
