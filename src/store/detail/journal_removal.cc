// The half of JournalWriter that forgets: whole servers, and what is older than a time.
#include <algorithm>
#include <limits>

#include "store/detail/journal_writer.h"

namespace wakeful::store::detail {
namespace {

// One transaction removes about so many reports: some milliseconds.
constexpr std::int64_t kRowsAtOnce = 2000;
// And looks at no more servers than this, most of which have nothing to remove.
constexpr int kServersAtOnce = 500;

constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();

}  // namespace

Result<void> JournalWriter::begin_remove_server(model::ServerId server) {
  const auto id = model::to_number(server);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto done = database_
                  .query("note a removed server",
                         "INSERT INTO removed (server, done) VALUES (?, 0) ON CONFLICT DO UPDATE "
                         "SET done = 0")
                  .integer(id)
                  .run();
  if (done) {
    done = database_.query("remove containers' names", "DELETE FROM entity WHERE server = ?")
               .integer(id)
               .run();
  }
  if (done) {
    done =
        database_.query("remove agent runs", "DELETE FROM run WHERE server = ?").integer(id).run();
  }
  if (done) {
    done = database_.query("remove facts", "DELETE FROM server WHERE id = ?").integer(id).run();
  }
  if (done) done = transaction->commit();
  if (!done) return done;
  removed_.insert(id);
  memory_.forget(server);
  return {};
}

Result<bool> JournalWriter::remove_some_reports(model::ServerId server) {
  const auto id = model::to_number(server);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  auto count = remove_reports(id, kEndOfTime);
  if (!count) return fail(std::move(count).error());
  const bool more = *count >= kRowsAtOnce;
  if (!more) {
    auto done =
        database_.query("note a removed server", "UPDATE removed SET done = 1 WHERE server = ?")
            .integer(id)
            .run();
    if (!done) return fail(std::move(done).error());
  }
  auto done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  return more;
}

Result<std::vector<model::ServerId>> JournalWriter::half_removed() {
  std::vector<model::ServerId> servers;
  auto rows = database_.query("read removed servers", "SELECT server FROM removed WHERE done = 0");
  for (;;) {
    auto more = rows.next();
    if (!more) return fail(std::move(more).error());
    if (!*more) return servers;
    servers.push_back(model::ServerId{rows.integer_at(0)});
  }
}

/// Remove the oldest reports of a server, at most kRowsAtOnce or a few more of the same time.
/// shape  how many
Result<std::int64_t> JournalWriter::remove_reports(std::int64_t server, std::int64_t before_ms) {
  std::int64_t end_ms = before_ms;
  {
    auto row = database_.query("find old reports",
                               "SELECT time_ms FROM report WHERE server = ? AND time_ms < ? ORDER "
                               "BY time_ms LIMIT 1 OFFSET ?");
    auto found = row.integer(server).integer(before_ms).integer(kRowsAtOnce - 1).next();
    if (!found) return fail(std::move(found).error());
    if (*found) end_ms = row.integer_at(0) + 1;
  }
  auto done =
      database_.query("remove old reports", "DELETE FROM report WHERE server = ? AND time_ms < ?")
          .integer(server)
          .integer(end_ms)
          .run();
  if (!done) return fail(std::move(done).error());
  return database_.changes();
}

Result<void> JournalWriter::remove_unused(std::int64_t server, std::int64_t before_ms) {
  auto done =
      database_.query("remove agent runs", "DELETE FROM run WHERE server = ? AND seen_ms < ?")
          .integer(server)
          .integer(before_ms)
          .run();
  if (!done) return done;
  bool changed = database_.changes() > 0;
  // Samples may be up to an hour newer than seen_ms says.
  done =
      database_
          .query("remove containers' names", "DELETE FROM entity WHERE server = ? AND seen_ms < ?")
          .integer(server)
          .integer(before_ms - kSeenStepMs)
          .run();
  if (!done) return done;
  changed = changed || database_.changes() > 0;
  if (changed) memory_.forget(model::ServerId{server});
  return {};
}

Result<bool> JournalWriter::remove_some_before(Sweep& sweep) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return fail(std::move(transaction).error());
  std::int64_t rows_removed = 0;
  bool more = true;
  for (int looked_at = 0; looked_at < kServersAtOnce && rows_removed < kRowsAtOnce; ++looked_at) {
    auto newest = database_.query(
        "find the next server",
        "SELECT server, time_ms FROM report WHERE server = (SELECT min(server) FROM report WHERE "
        "server > ?) ORDER BY time_ms DESC LIMIT 1");
    auto found = newest.integer(sweep.server).next();
    if (!found) return fail(std::move(found).error());
    if (!*found) {
      more = false;
      break;
    }
    const auto server = newest.integer_at(0);
    const auto before_ms = std::min(sweep.before_ms, newest.integer_at(1));
    newest.reset();
    auto count = remove_reports(server, before_ms);
    if (!count) return fail(std::move(count).error());
    rows_removed += *count;
    if (*count >= kRowsAtOnce) break;  // there may be more of this server
    auto done = remove_unused(server, before_ms);
    if (!done) return fail(std::move(done).error());
    sweep.server = server;
  }
  auto done = transaction->commit();
  if (!done) return fail(std::move(done).error());
  return more;
}

}  // namespace wakeful::store::detail
