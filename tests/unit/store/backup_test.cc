// Backup and restore together: what comes back is what was there, whatever happened meanwhile.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/detail/archive.h"
#include "store/operations.h"
#include "support/made_store.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
using model::EntityKind;
using test::kThreeOClockMs;
using test::make_block;
using test::make_full_report;
using test::times_from;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const Progress kSilent = [](auto...) {};

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

class BackupTest : public testing::Test {
 protected:
  fs::path data() const { return folder_.path() / "data"; }
  fs::path restored() const { return folder_.path() / "restored"; }
  fs::path file() const { return folder_.path() / "wakeful.tar.zst"; }

  void back_up(const Progress& progress = kSilent) {
    const auto done = backup_store({data(), ""}, file(), progress);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->bytes, fs::file_size(file()));
  }
  void restore() {
    const auto done = restore_store(file(), {restored(), ""}, kSilent);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  Error backup_error() {
    const auto done = backup_store({data(), ""}, file(), kSilent);
    EXPECT_FALSE(done.has_value());
    return done ? Error{Errc::internal, ""} : done.error();
  }

  static std::vector<WallTime> times(Store& store, std::int64_t server) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.metrics = {model::Metric::host_cpu_ratio};
    query.limit = 1000;
    const auto read = store.samples->read(query);
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
    return read ? read->times : std::vector<WallTime>();
  }

  test::TempFolder folder_;
};

TEST_F(BackupTest, WhatComesBackIsWhatWasThereBesideARunningStore) {
  auto store = test::make_store(data());
  back_up();
  restore();
  EXPECT_THAT(names_in(data()), testing::Not(testing::Contains(HasSubstr(".backup-"))));
  EXPECT_THAT(names_in(restored()), UnorderedElementsAre("registry.db", "samples", "samples.db"));
  for (const auto* pack :
       {"samples/2026-11-20.db", "samples/minutes-2026-11.db", "samples/hours-2026.db"}) {
    for (const auto* sum :
         {"SELECT sum(id % 1000003) FROM block", "SELECT sum(length(data)) FROM block",
          "SELECT sum(first_ms + last_ms + samples) FROM block"}) {
      EXPECT_EQ(test::ask(data() / pack, sum), test::ask(restored() / pack, sum)) << pack;
    }
  }
  auto again = open_store({restored(), ""});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  for (const std::int64_t server : {1, 2}) {
    EXPECT_EQ(times(store, server).size(), 3u);
    EXPECT_EQ(times(store, server), times(*again, server));
  }
  EXPECT_EQ(again->registry->servers()->size(), 2u);
}

TEST_F(BackupTest, ReportsThatComeMeanwhileAreThereOnceOrNotAtAll) {
  auto store = test::make_store(data());
  int sequence = 10;
  back_up([&](auto...) {
    const auto report = make_full_report(1, ++sequence, 2);
    ASSERT_TRUE(store.samples->append(std::span(&report, 1)).has_value());
  });
  EXPECT_GT(sequence, 10);
  restore();
  auto again = open_store({restored(), ""});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  auto all = times(store, 1);
  const auto back = times(*again, 1);
  ASSERT_GE(back.size(), 3u);
  all.resize(back.size());
  EXPECT_EQ(back, all) << "up to a moment, without gaps";
  EXPECT_EQ(times(*again, 2), times(store, 2));
}

/// The server packs while the backup runs: a batch leaves the journal after the pack it goes to was
/// copied. It must be in the backup, and be known as packed where the pack already has it.
TEST_F(BackupTest, ABatchThatIsPackedMeanwhileIsNotLost) {
  auto store = test::make_store(data());
  const auto journal = data() / "samples.db";
  const auto insert = [&](const std::string& records) {
    test::execute(journal, "INSERT INTO batch (records) VALUES (CAST('" + records + "' AS BLOB))");
  };
  ASSERT_EQ(test::ask(journal, "SELECT max(id) FROM batch"), 1) << "the store's own reports";
  insert("one");
  insert("two");
  bool packed = false;
  bool came = false;
  back_up([&](std::uint64_t, std::uint64_t, std::string_view current) {
    // Packs are copied by name: 2026-11-20 was the first.
    if (current == "samples/hours-2026.db" && !came) {
      insert("three");
      came = true;
    }
    if (current == "samples/minutes-2026-11.db" && !packed) {
      test::execute(data() / "samples/2026-11-20.db", "INSERT INTO packed VALUES (1, 3)");
      test::execute(journal, "DELETE FROM batch WHERE id <= 3; UPDATE journal SET trimmed = 3");
      insert("four");
      packed = true;
    }
  });
  ASSERT_TRUE(packed && came);
  EXPECT_EQ(test::ask(journal, "SELECT count(*) FROM batch"), 2);
  restore();
  const auto copy = restored() / "samples.db";
  EXPECT_EQ(test::ask(copy, "SELECT count(*) FROM batch"), 5);
  EXPECT_EQ(test::ask(copy, "SELECT id FROM batch WHERE CAST(records AS TEXT) = 'one'"), 2);
  EXPECT_EQ(test::ask(copy, "SELECT id FROM batch WHERE CAST(records AS TEXT) = 'four'"), 5);
  EXPECT_EQ(test::ask(restored() / "samples/2026-11-20.db", "SELECT count(*) FROM packed"), 0);
  EXPECT_EQ(test::ask(copy, "SELECT trimmed FROM journal"), 3);
}

TEST_F(BackupTest, ARemovalThatEndsMeanwhileIsDoneAgainAfterARestore) {
  auto store = test::make_store(data());
  test::execute(data() / "samples.db",
                "INSERT INTO removed VALUES (50, 1); INSERT INTO removed VALUES (51, 0)");
  bool once = false;
  back_up([&](std::uint64_t, std::uint64_t, std::string_view current) {
    if (current != "samples/hours-2026.db" || std::exchange(once, true)) return;
    test::execute(data() / "samples.db",
                  "UPDATE removed SET done = 1; INSERT INTO removed VALUES (52, 1)");
  });
  restore();
  const auto copy = restored() / "samples.db";
  EXPECT_EQ(test::ask(copy, "SELECT group_concat(server, '') + 0 FROM removed WHERE done = 1"), 50);
  EXPECT_EQ(test::ask(copy, "SELECT count(*) FROM removed WHERE done = 0"), 2);
}

TEST_F(BackupTest, AMigrationThatGoesOnMeanwhileIsWaitedFor) {
  auto store = test::make_store(data());
  test::execute(data() / "samples.db",
                "INSERT INTO report VALUES (1, 1, 1, 1, x'01'); INSERT INTO report VALUES (2, 1, "
                "1, 1, x'01')");
  bool once = false;
  const auto done = backup_store({data(), ""}, file(), [&](auto, auto, std::string_view current) {
    if (current != "samples/hours-2026.db" || std::exchange(once, true)) return;
    test::execute(data() / "samples.db", "DELETE FROM report WHERE server = 1");
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::unavailable);
  EXPECT_THAT(done.error().message, HasSubstr("newer format"));
}

TEST_F(BackupTest, APackThatGoesMeanwhileIsLeftOut) {
  auto store = test::make_store(data());
  back_up([&](std::uint64_t, std::uint64_t, std::string_view) {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      fs::remove(data() / (std::string("samples/minutes-2026-11.db") + suffix));
    }
  });
  restore();
  EXPECT_THAT(names_in(restored() / "samples"),
              UnorderedElementsAre("2026-11-20.db", "hours-2026.db"));
}

TEST_F(BackupTest, APackThatIsReplacedMeanwhileIsOneOfTheTwo) {
  auto store = test::make_store(data());
  test::make_pack(data() / "samples/.new.tmp",
                  {make_block(9, EntityKind::host, times_from(kThreeOClockMs, 9))});
  back_up([&](std::uint64_t, std::uint64_t, std::string_view current) {
    if (current != "samples/2026-11-20.db") return;
    if (!fs::exists(data() / "samples/.new.tmp")) return;
    fs::rename(data() / "samples/.new.tmp", data() / "samples/2026-11-20.db");
  });
  restore();
  const auto blocks = test::ask(restored() / "samples/2026-11-20.db", "SELECT count(*) FROM block");
  EXPECT_EQ(blocks, 1) << "it was replaced before it was opened";
}

TEST_F(BackupTest, AStoreThatHasNoPacksYetOrNoSamples) {
  {
    const auto registry = open_registry({data(), ""});
    ASSERT_TRUE(registry.has_value());
  }
  back_up();
  restore();
  EXPECT_THAT(names_in(restored()), UnorderedElementsAre("registry.db"));
}

/// Made by the first version, which had no batches and no packs.
TEST_F(BackupTest, AStoreOfTheFirstSchemaCanBeBackedUpBeforeItIsMigrated) {
  fs::create_directories(data());
  {
    const auto database = test::open_database(data() / "samples.db");
    for (const auto& migration : detail::embedded_migrations()) {
      if (migration.database != "samples" || !migration.name.starts_with("0001")) continue;
      ASSERT_TRUE(database->execute("test", std::string(migration.sql)).has_value());
    }
    const auto stamped =
        database->execute("test", "PRAGMA user_version = 1; PRAGMA application_id = " +
                                      std::to_string(detail::kSamplesApplicationId) +
                                      "; INSERT INTO removed VALUES (50, 1)");
    ASSERT_TRUE(stamped.has_value()) << stamped.error().message;
  }
  back_up();
  restore();
  EXPECT_EQ(test::ask(restored() / "samples.db", "PRAGMA user_version"), 1);
  EXPECT_EQ(test::ask(restored() / "samples.db", "SELECT done FROM removed"), 1);
  EXPECT_TRUE(open_store({restored(), ""}).has_value());
}

TEST_F(BackupTest, AnExistingFileIsNotTouched) {
  static_cast<void>(test::make_store(data()));
  std::ofstream(file()) << "precious";
  EXPECT_EQ(backup_error().code, Errc::conflict);
  EXPECT_EQ(fs::file_size(file()), 8u);
  EXPECT_THAT(names_in(folder_.path()), UnorderedElementsAre("data", "wakeful.tar.zst"));
}

TEST_F(BackupTest, WithoutAStoreThereIsNoBackup) {
  EXPECT_EQ(backup_error().code, Errc::not_found);
  EXPECT_THAT(names_in(folder_.path()), UnorderedElementsAre());
}

TEST_F(BackupTest, ADamagedPackIsNamedAndNothingIsLeft) {
  static_cast<void>(test::make_store(data()));
  std::ofstream(data() / "samples/2026-11-18.db") << std::string(20'000, 'x');
  const auto error = backup_error();
  EXPECT_THAT(error.message,
              testing::AllOf(HasSubstr("samples/2026-11-18.db"), HasSubstr("wakeful check")));
  EXPECT_THAT(names_in(folder_.path()), UnorderedElementsAre("data"));
  EXPECT_THAT(names_in(data()), testing::Not(testing::Contains(HasSubstr(".backup-"))));
}

TEST_F(BackupTest, WhatAnInterruptedBackupLeftIsTakenAway) {
  static_cast<void>(test::make_store(data()));
  fs::create_directories(data() / ".backup-abc123");
  std::ofstream(data() / ".backup-abc123/copy") << "half";
  std::ofstream(file().string() + ".part") << "half";
  back_up();
  EXPECT_FALSE(fs::exists(data() / ".backup-abc123"));
  EXPECT_FALSE(fs::exists(file().string() + ".part"));
  restore();
}

TEST_F(BackupTest, TwoBackupsAtOnceDoNotDisturbEachOther) {
  auto store = test::make_store(data());
  bool once = false;
  back_up([&](auto...) {
    if (std::exchange(once, true)) return;
    const auto same = backup_store({data(), ""}, file(), kSilent);
    ASSERT_FALSE(same.has_value());
    EXPECT_EQ(same.error().code, Errc::conflict);
    const auto other = backup_store({data(), ""}, folder_.path() / "other.tar.zst", kSilent);
    EXPECT_TRUE(other.has_value()) << other.error().message;
  });
  restore();
}

TEST_F(BackupTest, ProgressOnlyGrows) {
  static_cast<void>(test::make_store(data()));
  std::uint64_t last = 0;
  std::uint64_t end = 0;
  back_up([&](std::uint64_t done, std::uint64_t total, std::string_view) {
    EXPECT_GE(done, last);
    EXPECT_LE(done, total);
    last = done;
    end = total;
  });
  EXPECT_GT(last, end / 2);
}

}  // namespace
}  // namespace wakeful::store
