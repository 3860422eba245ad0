// A backup beside a server that takes reports and packs them all the while, played step by step: whatever
// the order, every batch that was there before comes back, and a start that packs what is left packs
// nothing twice.
#include <array>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "store/operations.h"
#include "support/made_store.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

constexpr std::array kPacks = {"samples/2026-11-19.db", "samples/2026-11-20.db",
                               "samples/hours-2026.db", "samples/minutes-2026-11.db"};

const char* pack_of(std::int64_t batch) {
  return kPacks[static_cast<std::size_t>(batch) % kPacks.size()];
}

std::set<std::int64_t> numbers(const std::filesystem::path& file, const std::string& sql) {
  std::set<std::int64_t> found;
  const auto database = test::open_database(file);
  auto query = database->query("test", sql);
  while (query.next().value_or(false)) found.insert(query.integer_at(0));
  return found;
}

/// As the server does it: a batch goes to the journal; packing writes all of them to their packs, one
/// transaction each, and then takes them out of the journal, maybe after a while.
class Server {
 public:
  Server(std::filesystem::path data, unsigned seed) : data_(std::move(data)), chance_(seed) {}

  void step() {
    switch (chance_() % 4) {
      case 0:
        if (pack_) return forget();
        return pack();
      default:
        return take();
    }
  }
  void take() {
    ++taken_;
    test::execute(data_ / "samples.db",
                  "INSERT INTO batch VALUES (" + std::to_string(taken_) + ", x'00')");
  }
  std::int64_t taken() const { return taken_; }

 private:
  void pack() {
    for (const auto* pack : kPacks) {
      std::string sql = "BEGIN;";
      for (auto batch = packed_ + 1; batch <= taken_; ++batch) {
        if (pack_of(batch) != pack) continue;
        sql += "INSERT INTO block VALUES (" + std::to_string(batch) + ", 1, 1, 1, 1, 1, x'00');";
      }
      sql += "INSERT OR REPLACE INTO packed VALUES (1, " + std::to_string(taken_) + ");COMMIT;";
      test::execute(data_ / pack, sql);
    }
    packed_ = taken_;
    pack_ = true;
  }
  void forget() {
    const auto up_to = std::to_string(packed_);
    test::execute(data_ / "samples.db", "BEGIN; DELETE FROM batch WHERE id <= " + up_to +
                                            "; UPDATE journal SET trimmed = " + up_to + "; COMMIT");
    pack_ = false;
  }

  std::filesystem::path data_;
  std::mt19937 chance_;
  std::int64_t taken_ = 0;
  std::int64_t packed_ = 0;
  bool pack_ = false;  // packed, and not yet out of the journal
};

class BackupBesideAServer : public testing::TestWithParam<unsigned> {};

TEST_P(BackupBesideAServer, LosesNothingAndPacksNothingTwice) {
  const test::TempFolder folder;
  const auto data = folder.path() / "data";
  const auto restored = folder.path() / "restored";
  const auto file = folder.path() / "wakeful.tar.zst";
  ASSERT_TRUE(open_store({data, ""}).has_value());
  for (const auto* pack : kPacks) test::make_pack(data / pack, {});
  Server server(data, GetParam());
  for (int i = 0; i < 20; ++i) server.step();
  for (int i = 0; i < 5; ++i) server.take();  // in the journal only
  const auto before = server.taken();
  const auto backup = backup_store({data, ""}, file, [&](auto...) {
    for (int i = 0; i < 3; ++i) server.step();
  });
  ASSERT_TRUE(backup.has_value()) << backup.error().message;
  ASSERT_GT(server.taken(), before);
  const auto done = restore_store(file, {restored, ""}, [](auto...) {});
  ASSERT_TRUE(done.has_value()) << done.error().message;

  const auto journal = numbers(restored / "samples.db", "SELECT id FROM batch");
  std::int64_t newest = 0;
  for (const auto* pack : kPacks) {
    const auto blocks = numbers(restored / pack, "SELECT id FROM block");
    const auto complete = test::ask(restored / pack, "SELECT max(batch) FROM packed");
    newest = std::max(newest, complete);
    for (std::int64_t batch = 1; batch <= server.taken(); ++batch) {
      if (pack_of(batch) != pack) continue;
      const bool packed = blocks.contains(batch);
      EXPECT_EQ(packed, batch <= complete) << batch;
      if (batch <= before) {
        EXPECT_TRUE(packed || journal.contains(batch)) << batch;
      }
    }
  }
  EXPECT_GE(test::ask(restored / "samples.db",
                      "SELECT max(trimmed, (SELECT coalesce(max(id), 0) FROM batch)) FROM journal"),
            newest)
      << "the next batch would be one that a pack believes to have, and be lost";
}

INSTANTIATE_TEST_SUITE_P(Seeds, BackupBesideAServer, testing::Range(1U, 11U));

}  // namespace
}  // namespace wakeful::store
