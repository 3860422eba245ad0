#include "store/detail/report_table.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/log.h"
#include "store/block_codec.h"
#include "store/detail/block_builder.h"
#include "store/detail/bytes.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;
using model::Metric;

constexpr std::uint8_t kVersion = 1;
constexpr unsigned kGreeting = 1;
constexpr unsigned kHasClockOffset = 2;
constexpr unsigned kHasTimeText = 4;
constexpr unsigned kKnownFlags = kGreeting | kHasClockOffset | kHasTimeText;
// Bytes were kept in pages of 4 KiB; now it is 16 of them.
constexpr std::int64_t kPagesOfAStep = 16;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// The value in today's quantum.
std::int64_t todays_steps(Metric metric, std::int64_t steps) {
  if (model::metric_info(metric).unit != model::Unit::bytes) return steps;
  return floor_divide(steps + kPagesOfAStep / 2, kPagesOfAStep);
}

class FiguresReader {
 public:
  explicit FiguresReader(std::string_view bytes) : reader_(bytes) {}

  Result<Row> run() {
    if (reader_.byte() != kVersion) return fail(Errc::io, "figures: not of format 1");
    const unsigned flags = reader_.byte();
    if ((flags & ~kKnownFlags) != 0) return fail(Errc::io, "figures: damaged: unknown flags");
    row_.greeting = (flags & kGreeting) != 0;
    row_.delay_ms = reader_.signed_number();
    if ((flags & kHasClockOffset) != 0) row_.clock_offset_ms = reader_.signed_number();
    if ((flags & kHasTimeText) != 0) row_.time_text = reader_.text();
    read_metrics(EntityKind::host, 0);
    const auto cores = reader_.count(1);
    for (std::size_t i = 0; i < cores; ++i) {
      // Stored plus 1; 0 is one that is offline.
      const auto stored = reader_.unsigned_number();
      add(make_slot(EntityKind::core, static_cast<std::uint32_t>(i), Metric::core_cpu_ratio),
          stored == 0 ? kMissing : static_cast<std::int64_t>(stored - 1));
    }
    const auto containers = reader_.count(2);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < containers && !reader_.failed(); ++i) {
      number += reader_.unsigned_number();
      if (number > std::numeric_limits<std::uint32_t>::max())
        return fail(Errc::io, "figures: damaged: a container's number");
      read_metrics(EntityKind::container, static_cast<std::uint32_t>(number));
    }
    if (reader_.failed() || !reader_.at_end())
      return fail(Errc::io, "figures: damaged: they do not end where they should");
    row_.shape = std::make_shared<const Shape>(std::move(shape_));
    return std::move(row_);
  }

 private:
  void add(Slot slot, std::int64_t value) {
    shape_.push_back(slot);
    row_.values.push_back(value);
  }

  void read_metrics(EntityKind kind, std::uint32_t number) {
    const auto count = reader_.count(2);
    std::uint64_t stored = 0;
    for (std::size_t i = 0; i < count; ++i) {
      stored += reader_.unsigned_number();
      const auto steps = reader_.signed_number();
      if (reader_.failed()) return;
      if (stored > std::numeric_limits<std::uint16_t>::max()) continue;
      const auto metric = model::find_metric_number(static_cast<std::uint16_t>(stored));
      if (metric) add(make_slot(kind, number, *metric), todays_steps(*metric, steps));
    }
  }

  ByteReader reader_;
  Row row_;
  Shape shape_;
};

/// Moves the rows of one server.
class ServerMove {
 public:
  ServerMove(Database& database, PackSet& packs, std::int64_t server)
      : database_(database), packs_(packs), server_(server) {}

  Result<void> run() {
    auto read = read_rows();
    if (read) read = write_day();
    if (!read) return read;
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(std::move(transaction).error());
    Result<void> done;
    if (newest_) {
      std::string record;
      put_whole(*newest_, {}, record);
      done = database_.query("keep the newest report", "UPDATE server SET newest = ? WHERE id = ?")
                 .blob(record)
                 .integer(server_)
                 .run();
    }
    if (done) {
      done = database_.query("remove packed rows", "DELETE FROM report WHERE server = ?")
                 .integer(server_)
                 .run();
    }
    return done ? transaction->commit() : done;
  }

 private:
  Result<void> read_rows() {
    auto rows = database_.query("read reports",
                                "SELECT time_ms, source, sequence, figures FROM report WHERE "
                                "server = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms");
    rows.integer(server_).integer(kFirstTimeMs).integer(kEndTimeMs - kDayMs);
    for (;;) {
      const auto more = rows.next();
      if (!more) return fail(more.error());
      if (!*more) return {};
      auto row = read_report_figures(rows.bytes_at(3));
      if (!row) {
        log::error("store", "a stored report cannot be read and is left out",
                   {{"file", database_.path().string()},
                    {"server", server_},
                    {"time", format_utc(from_unix_ms(rows.integer_at(0)))},
                    {"error", row.error()}});
        continue;
      }
      row->time_ms = rows.integer_at(0);
      row->key = {static_cast<std::uint64_t>(rows.integer_at(1)), rows.integer_at(2)};
      auto taken = take(std::move(*row));
      if (!taken) return taken;
    }
  }

  Result<void> take(Row row) {
    // Several reports could have one time; now each has its own.
    if (newest_ && row.time_ms <= newest_->time_ms) row.time_ms = newest_->time_ms + 1;
    const auto day = row.time_ms / kDayMs;
    if (newest_ && newest_->time_ms / kDayMs != day) {
      auto written = write_day();
      if (!written) return written;
    }
    if (newest_ && newest_->shape && *newest_->shape == *row.shape) row.shape = newest_->shape;
    blocks_.add(row);
    newest_ = std::move(row);
    return {};
  }

  Result<void> write_day() {
    if (!newest_) return {};
    auto pack = packs_.writer(Tier::raw, newest_->time_ms);
    if (!pack) return fail(std::move(pack).error());
    auto transaction = Transaction::begin(**pack);
    if (!transaction) return fail(std::move(transaction).error());
    for (const auto kind : kBlockKinds) {
      for (const auto& block : blocks_.of(kind).take()) {
        auto done = insert_block(
            **pack, {model::ServerId{server_}, kind, block.times_ms.front(), block.times_ms.back(),
                     static_cast<std::int64_t>(block.times_ms.size()), encode_block(block)});
        if (!done) return done;
      }
    }
    auto done = transaction->commit();
    if (!done) return done;
    packs_.note_change(Tier::raw, newest_->time_ms);
    packs_.tidy(**pack);
    blocks_ = {};
    return {};
  }

  Database& database_;
  PackSet& packs_;
  const std::int64_t server_;
  RowBlocks blocks_;
  std::optional<Row> newest_;
};

}  // namespace

Result<Row> read_report_figures(std::string_view bytes) { return FiguresReader(bytes).run(); }

Result<void> pack_report_table(Database& database, PackSet& packs) {
  const auto writing = packs.writing();
  std::int64_t moved = 0;
  for (;; ++moved) {
    auto row = database.query("look for rows", "SELECT min(server) FROM report");
    const auto found = row.next();
    if (!found) return fail(found.error());
    const auto server = row.optional_integer_at(0);
    row.reset();
    if (!server) break;
    if (moved == 0) {
      log::info("store", "packing the samples that an older version wrote; this is done once",
                {{"file", database.path().string()}});
    }
    auto done = ServerMove(database, packs, *server).run();
    if (!done) return done;
  }
  if (moved == 0) return {};
  log::info("store", "all samples are packed", {{"servers", moved}});
  // The file is mostly free space now, and from here on gives it back by itself.
  return database.execute("give free space back", "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
}

}  // namespace wakeful::store::detail
