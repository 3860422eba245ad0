// The baseline that rivals use: a row per server or container and report, in SQLite, WAL, 1,000 rows
// a transaction.
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "day.h"

namespace wakeful::bench {
namespace {

constexpr int kRowsOfTransaction = 1'000;
/// FULL waits for the disk with each transaction; a part of the data tells its rate.
constexpr int kPartOfFull = 10;

class Rows {
 public:
  Rows(const BenchFolder& folder, const std::string& synchronous) {
    const auto path = (folder.path() / "rows.db").string();
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) die("sqlite: cannot open " + path);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=" + synchronous);
    run("CREATE TABLE IF NOT EXISTS server(agent TEXT, time INTEGER, cpu REAL, memory_used INTEGER,"
        " memory_percent REAL, power REAL, users INTEGER);"
        "CREATE INDEX IF NOT EXISTS server_time ON server(agent, time);"
        "CREATE TABLE IF NOT EXISTS container(agent TEXT, name TEXT, time INTEGER, cpu REAL,"
        " memory REAL, memory_percent REAL);"
        "CREATE INDEX IF NOT EXISTS container_time ON container(agent, time)");
    server_ = prepare("INSERT INTO server VALUES(?,?,?,?,?,?,?)");
    container_ = prepare("INSERT INTO container VALUES(?,?,?,?,?,?)");
    run("BEGIN");
  }
  ~Rows() {
    sqlite3_finalize(server_);
    sqlite3_finalize(container_);
    sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(db_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  sqlite3_stmt* prepare(const char* text) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, text, -1, &statement, nullptr) != SQLITE_OK) fail();
    return statement;
  }
  void run(const std::string& text) {
    if (sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

  void put(const std::string& agent, const std::vector<std::string>& names, std::int64_t seconds,
           const ServerFigures& figures) {
    text(server_, 1, agent);
    sqlite3_bind_int64(server_, 2, seconds);
    sqlite3_bind_double(server_, 3, figures.cpu_percent);
    sqlite3_bind_int64(server_, 4, figures.memory_used_mib);
    sqlite3_bind_double(server_, 5, figures.memory_percent);
    sqlite3_bind_double(server_, 6, figures.power_watts);
    sqlite3_bind_int(server_, 7, figures.users);
    insert(server_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ContainerFigures& one = figures.containers[i];
      text(container_, 1, agent);
      text(container_, 2, names[i]);
      sqlite3_bind_int64(container_, 3, seconds);
      sqlite3_bind_double(container_, 4, one.cpu_percent);
      sqlite3_bind_double(container_, 5, one.memory_mib);
      sqlite3_bind_double(container_, 6, one.memory_percent);
      insert(container_);
    }
  }
  void commit() {
    run("COMMIT");
    run("BEGIN");
    in_transaction_ = 0;
  }
  [[noreturn]] void fail() { die(std::string("sqlite: ") + sqlite3_errmsg(db_)); }

 private:
  static void text(sqlite3_stmt* statement, int place, const std::string& value) {
    sqlite3_bind_text(statement, place, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
  }
  void insert(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail();
    sqlite3_reset(statement);
    if (++in_transaction_ == kRowsOfTransaction) commit();
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* server_ = nullptr;
  sqlite3_stmt* container_ = nullptr;
  int in_transaction_ = 0;
};

/// Seconds of inserting and committing.
double append_rows(Rows& rows, const DayOptions& options, int servers, int ticks, WallTime start,
                   std::uint64_t seed, const char* prefix) {
  FleetWorkload fleet(servers, options.containers, seed);
  std::vector<std::string> agents;
  std::vector<std::vector<std::string>> names(static_cast<std::size_t>(servers));
  for (int i = 0; i < servers; ++i) {
    agents.push_back(prefix + server_name(i));
    for (int k = 0; k < options.containers; ++k) {
      names[static_cast<std::size_t>(i)].push_back(container_name(i, k));
    }
  }
  Stopwatch watch;
  for (int tick = 0; tick < ticks; ++tick) {
    const std::int64_t seconds = to_unix_ms(start + kInterval * tick) / 1000;
    // The clock is read once a server: that is little beside its 11 rows.
    for (int i = 0; i < servers; ++i) {
      const ServerFigures& figures = fleet.step(i);
      watch.start();
      rows.put(agents[static_cast<std::size_t>(i)], names[static_cast<std::size_t>(i)], seconds,
               figures);
      watch.stop();
    }
  }
  watch.start();
  rows.commit();
  watch.stop();
  return watch.seconds();
}

double query_day(sqlite3_stmt* query, const DayOptions& options, int which) {
  const std::string agent = "day" + server_name(which % options.day_servers);
  const std::int64_t from = to_unix_ms(options.whole_day()) / 1000;
  int points = 0;
  const double ms = time_ms([&] {
    sqlite3_bind_text(query, 1, agent.data(), static_cast<int>(agent.size()), SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, from);
    sqlite3_bind_int64(query, 3, from + 86'400);
    while (sqlite3_step(query) == SQLITE_ROW) ++points;
    sqlite3_reset(query);
  });
  if (points != kPointsOfDay) die("sqlite: the day has " + std::to_string(points) + " points");
  return ms;
}

constexpr const char* kDayQuery =
    "SELECT time / 288, min(cpu), avg(cpu), max(cpu) FROM server "
    "WHERE agent = ? AND time >= ? AND time < ? GROUP BY 1";

double query_newest(sqlite3_stmt* query, const DayOptions& options) {
  int found = 0;
  const double ms = time_ms([&] {
    for (int i = 0; i < options.servers; ++i) {
      const std::string agent = server_name(i);
      sqlite3_bind_text(query, 1, agent.data(), static_cast<int>(agent.size()), SQLITE_TRANSIENT);
      if (sqlite3_step(query) == SQLITE_ROW) ++found;
      sqlite3_reset(query);
    }
  });
  if (found != options.servers) die("sqlite: not every server has a newest value");
  return ms;
}

void measure_normal(const DayOptions& options, Figures& figures) {
  const BenchFolder folder;
  const double before_mib = resident_mib();
  {
    Rows rows(folder, "NORMAL");
    const double seconds =
        append_rows(rows, options, options.servers, options.ticks, options.start, 42, "");
    figures.set(kAppend100, options.samples() / seconds);
    figures.set(kBytesOpen, static_cast<double>(folder_bytes(folder.path())) / options.samples());
    sqlite3_stmt* const newest =
        rows.prepare("SELECT cpu FROM server WHERE agent = ? ORDER BY time DESC LIMIT 1");
    std::vector<double> all;
    for (int i = 0; i < 20; ++i) all.push_back(query_newest(newest, options));
    sqlite3_finalize(newest);
    figures.set(kNewest, median(all));
    figures.set(kPeak, peak_resident_mib(::getpid()) - before_mib);
  }
  figures.set(kBytesClosed, static_cast<double>(folder_bytes(folder.path())) / options.samples());
  {
    Rows rows(folder, "NORMAL");
    append_rows(rows, options, options.day_servers, kTicksOfDay, options.whole_day(), 43, "day");
  }
  std::vector<double> cold;
  for (int i = 0; i < kColdQueries; ++i) {
    forget_cached(folder.path());
    Rows rows(folder, "NORMAL");
    sqlite3_stmt* const query = rows.prepare(kDayQuery);
    cold.push_back(query_day(query, options, i));
    sqlite3_finalize(query);
  }
  figures.set(kDayCold, median(cold));
  Rows rows(folder, "NORMAL");
  sqlite3_stmt* const query = rows.prepare(kDayQuery);
  std::vector<double> warm;
  for (int i = 0; i < options.day_servers; ++i) query_day(query, options, i);
  for (int i = 0; i < kWarmQueries; ++i) warm.push_back(query_day(query, options, i));
  sqlite3_finalize(query);
  figures.set(kDayWarm, median(warm));
}

void measure_full(const DayOptions& options, Figures& figures) {
  const BenchFolder folder;
  Rows rows(folder, "FULL");
  const int ticks = std::max(1, options.ticks / kPartOfFull);
  const double seconds = append_rows(rows, options, options.servers, ticks, options.start, 42, "");
  figures.set(kAppendDurable, options.samples() * ticks / options.ticks / seconds);
}

}  // namespace

Figures measure_sqlite_rows(const DayOptions& options) {
  Figures all = in_child("sqlite", [&](Figures& figures) { measure_normal(options, figures); });
  all.add(in_child("sqlite, FULL", [&](Figures& figures) { measure_full(options, figures); }));
  return all;
}

}  // namespace wakeful::bench
