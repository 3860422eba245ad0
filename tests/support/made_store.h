// tests/support/made_store.h: a data folder as the embedded store leaves it, with packs made by hand.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/block_codec.h"
#include "store/detail/migrate.h"
#include "store/detail/sqlite_db.h"
#include "store/store.h"
#include "support/store_reports.h"

namespace wakeful::test {

/// A row of a pack's table `block`.
struct MadeBlock {
  std::int64_t server = 0;
  std::int64_t kind = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t samples = 0;
  std::string data;
};

inline MadeBlock make_block(std::int64_t server, model::EntityKind kind,
                            const std::vector<std::int64_t>& times_ms) {
  store::Block block;
  block.times_ms = times_ms;
  block.columns.push_back({1, 1, std::vector<std::int64_t>(times_ms.size(), 5)});
  const auto [first, last] = std::ranges::minmax(times_ms);
  return {server,
          static_cast<std::int64_t>(kind),
          first,
          last,
          static_cast<std::int64_t>(times_ms.size()),
          store::encode_block(block)};
}

/// Every 10 s from 03:00 of 2026-11-20 on.
inline constexpr std::int64_t kThreeOClockMs = 1'795'143'600'000;
inline std::vector<std::int64_t> times_from(std::int64_t first_ms, int count) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < count; ++i) times.push_back(first_ms + 10'000 * i);
  return times;
}

inline std::unique_ptr<store::detail::Database> open_database(const std::filesystem::path& path) {
  auto opened = store::detail::Database::open(path, store::detail::Database::Access::read_write);
  EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
  return opened ? std::move(*opened) : nullptr;
}

inline void execute(const std::filesystem::path& path, const std::string& sql) {
  const auto done = open_database(path)->execute("test", sql);
  ASSERT_TRUE(done.has_value()) << done.error().message;
}

inline std::int64_t ask(const std::filesystem::path& path, const std::string& sql) {
  const auto database = open_database(path);
  const auto answer = database->integer("test", sql);
  EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
  return answer ? *answer : -1;
}

inline void make_pack(const std::filesystem::path& path, const std::vector<MadeBlock>& blocks) {
  std::filesystem::create_directories(path.parent_path());
  const auto database = open_database(path);
  const auto made = store::detail::migrate(*database, "pack", store::detail::kPackApplicationId);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  for (const auto& block : blocks) {
    const auto put = database
                         ->query("test",
                                 "INSERT INTO block (server, kind, first_ms, last_ms, samples, "
                                 "data) VALUES (?, ?, ?, ?, ?, ?)")
                         .integer(block.server)
                         .integer(block.kind)
                         .integer(block.first_ms)
                         .integer(block.last_ms)
                         .integer(block.samples)
                         .blob(block.data)
                         .run();
    ASSERT_TRUE(put.has_value()) << put.error().message;
  }
  // A closed day is a plain file; months and years are written to with a log.
  const bool is_day = path.filename().string().starts_with("2");
  if (is_day) {
    const auto plain = database->execute("test", "PRAGMA journal_mode = DELETE");
    ASSERT_TRUE(plain.has_value()) << plain.error().message;
  }
}

/// An open store with two servers of three reports each, and three packs beside it.
inline store::Store make_store(const std::filesystem::path& data) {
  auto opened = store::open_store({data, ""});
  EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
  if (!opened) return {};
  std::vector<store::AcceptedReport> reports;
  for (const auto* name : {"gpu3", "web"}) {
    const auto added =
        opened->registry->add_server(name, model::Origin::native, std::nullopt, kStart);
    EXPECT_TRUE(added.has_value());
    for (int sequence = 1; sequence <= 3; ++sequence) {
      reports.push_back(make_full_report(model::to_number(added->id), sequence, 3));
    }
  }
  EXPECT_TRUE(opened->samples->append(reports).has_value());
  using model::EntityKind;
  make_pack(data / "samples/2026-11-20.db",
            {make_block(1, EntityKind::host, times_from(kThreeOClockMs, 100)),
             make_block(1, EntityKind::container, times_from(kThreeOClockMs, 100)),
             make_block(7, EntityKind::host, times_from(kThreeOClockMs, 50))});
  make_pack(data / "samples/minutes-2026-11.db",
            {make_block(1, EntityKind::host, times_from(kThreeOClockMs, 10))});
  make_pack(data / "samples/hours-2026.db",
            {make_block(1, EntityKind::host, times_from(kThreeOClockMs, 2))});
  return std::move(*opened);
}

}  // namespace wakeful::test
