#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/detail/data_files.h"
#include "store/operations.h"
#include "support/made_store.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

using model::EntityKind;
using test::kThreeOClockMs;
using test::make_block;
using test::make_pack;
using test::times_from;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(DataFiles, OnlyNamesThatTheStoreGivesAreKnown) {
  for (const auto* name :
       {"registry.db", "samples.db", "samples/2026-11-20.db", "samples/minutes-2026-11.db",
        "samples/hours-2026.db", "samples/2024-02-29.db"}) {
    EXPECT_TRUE(detail::data_file_of(name).has_value()) << name;
  }
  for (const auto* name : {"",
                           "samples",
                           "samples/",
                           "samples/.db",
                           "samples.lock",
                           "registry.db-wal",
                           "samples/2026-11-20.db.tmp",
                           "samples/.2026-11-20.db",
                           "samples/2026-02-29.db",
                           "samples/2026-13.db",
                           "samples/minutes-2026-13.db",
                           "samples/minutes-2026.db",
                           "samples/hours-26.db",
                           "samples/hours-2026-01.db",
                           "samples/+026-11-20.db",
                           "samples/2026-11-200.db",
                           "../registry.db",
                           "/registry.db",
                           "samples/../registry.db",
                           "samples//2026-11-20.db",
                           "samples/2026-11-20.db/x",
                           "Registry.db"}) {
    EXPECT_FALSE(detail::data_file_of(name).has_value()) << name;
  }
}

TEST(DataFiles, APackIsForItsPeriod) {
  const auto month = detail::data_file_of("samples/minutes-2026-12.db")->period;
  EXPECT_EQ(month->tier, Tier::minutes);
  EXPECT_EQ(format_utc(from_unix_ms(month->first_ms)), "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(from_unix_ms(month->end_ms)), "2027-01-01T00:00:00.000Z");
  const auto day = detail::data_file_of("samples/2024-02-29.db")->period;
  EXPECT_EQ(format_utc(from_unix_ms(day->end_ms)), "2024-03-01T00:00:00.000Z");
}

class CheckTest : public testing::Test {
 protected:
  std::filesystem::path data() const { return folder_.path() / "data"; }
  std::filesystem::path pack() const { return data() / "samples/2026-11-20.db"; }

  CheckSummary check() {
    problems.clear();
    const auto done = check_store(
        {data(), ""},
        [&](std::uint64_t now, std::uint64_t total, std::string_view current) {
          EXPECT_LE(now, total);
          EXPECT_GE(now, last_);
          last_ = now;
          if (on_progress) on_progress(current);
        },
        [&](const std::string& problem) { problems.push_back(problem); });
    last_ = 0;
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
    if (!done) return {};
    EXPECT_EQ(done->problems, problems.size());
    return *done;
  }

  test::TempFolder folder_;
  std::vector<std::string> problems;
  std::function<void(std::string_view)> on_progress;
  std::uint64_t last_ = 0;
};

TEST_F(CheckTest, AStoreInUseIsWhole) {
  const auto store = test::make_store(data());
  const auto done = check();
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(done.files, 5u);
  EXPECT_EQ(done.blocks, 5u);
  EXPECT_EQ(done.samples, 250u) << "raw ones only";
}

TEST_F(CheckTest, AFolderWithoutAStoreIsAnError) {
  const auto done = check_store(
      {data(), ""}, [](auto...) {}, [](const std::string&) {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(data())) << "checking makes nothing";
}

TEST_F(CheckTest, ADamagedBlockIsNamedAndTheOthersAreChecked) {
  static_cast<void>(test::make_store(data()));
  // One bit of the last byte, which is the checksum's.
  test::execute(pack(),
                "UPDATE block SET data = CAST(substr(data, 1, length(data) - 1) || x'00' "
                "AS BLOB) WHERE server = 7");
  const auto done = check();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0],
              StartsWith("samples/2026-11-20.db: server 7, block at 2026-11-20T03:00:00Z: "));
  EXPECT_EQ(done.blocks, 5u);
  EXPECT_EQ(done.samples, 200u);
}

TEST_F(CheckTest, EveryByteOfABlockCounts) {
  const auto good = make_block(1, EntityKind::host, times_from(kThreeOClockMs, 20));
  std::vector<test::MadeBlock> blocks;
  for (std::size_t i = 0; i < good.data.size(); ++i) {
    auto bad = good;
    bad.data[i] = static_cast<char>(bad.data[i] ^ 0x10);
    blocks.push_back(bad);
  }
  static_cast<void>(test::make_store(data()));
  make_pack(data() / "samples/2026-11-19.db", {});
  std::filesystem::remove(pack());
  make_pack(pack(), blocks);
  check();
  EXPECT_EQ(problems.size(), good.data.size());
}

TEST_F(CheckTest, ARowThatContradictsItsBlockIsAProblem) {
  static_cast<void>(test::make_store(data()));
  std::filesystem::remove(pack());
  const auto good = [] { return make_block(3, EntityKind::core, times_from(kThreeOClockMs, 4)); };
  auto count = good();
  count.samples = 5;
  auto first = good();
  first.first_ms -= 1000;
  auto last = good();
  last.last_ms += 1;
  auto kind = good();
  kind.kind = 9;
  auto server = good();
  server.server = 0;
  const auto order =
      make_block(3, EntityKind::core, {kThreeOClockMs, kThreeOClockMs + 20, kThreeOClockMs + 10});
  const auto twice = make_block(3, EntityKind::core, {kThreeOClockMs, kThreeOClockMs});
  const auto day = make_block(3, EntityKind::core, {kThreeOClockMs + 86'400'000});
  make_pack(pack(), {count, first, last, kind, server, order, twice, day, good()});
  check();
  EXPECT_THAT(
      problems,
      testing::UnorderedElementsAre(
          HasSubstr("server 3, block of cores at 2026-11-20T03:00:00Z: its row says 5 samples, and "
                    "it has 4"),
          HasSubstr("its row says 2026-11-20T02:59:59Z to"),
          HasSubstr("its row says 2026-11-20T03:00:00Z to 2026-11-20T03:00:30.001Z"),
          HasSubstr("is of no server and kind"), HasSubstr("is of no server and kind"),
          HasSubstr("its times do not ascend at 2026-11-20T03:00:00.020Z"),
          HasSubstr("its times do not ascend at 2026-11-20T03:00:00Z"),
          HasSubstr("at 2026-11-21T03:00:00Z: it has samples outside the time")));
}

TEST_F(CheckTest, ADamagedFileIsNamedAndTheOthersAreChecked) {
  static_cast<void>(test::make_store(data()));
  std::ofstream(data() / "samples/2026-11-18.db") << std::string(20'000, 'x');
  {
    std::fstream file(pack(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(4096, '\x5a');
  }
  const auto done = check();
  EXPECT_EQ(done.files, 6u);
  EXPECT_THAT(problems, testing::Contains(StartsWith("samples/2026-11-18.db: ")));
  EXPECT_THAT(problems, testing::Contains(StartsWith("samples/2026-11-20.db: ")));
  EXPECT_THAT(problems, testing::Not(testing::Contains(HasSubstr(data().string() + "/samples/"))));
}

TEST_F(CheckTest, AFileOfAnotherKindOrOfANewerProgramIsAProblem) {
  static_cast<void>(test::make_store(data()));
  std::filesystem::copy_file(data() / "registry.db", data() / "samples/2026-11-19.db");
  test::execute(data() / "samples/hours-2026.db", "PRAGMA user_version = 99");
  check();
  EXPECT_THAT(problems,
              testing::UnorderedElementsAre(
                  "samples/2026-11-19.db: it is no pack file of Wakeful",
                  StartsWith("samples/hours-2026.db: its schema is version 99, this program")));
}

TEST_F(CheckTest, HalfWrittenFilesAreNotLookedAt) {
  static_cast<void>(test::make_store(data()));
  for (const auto* name : {"2026-11-19.db.tmp", ".2026-11-19.db", "notes.txt"}) {
    std::ofstream(data() / "samples" / name) << "half";
  }
  EXPECT_EQ(check().files, 5u);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(CheckTest, APackThatGoesMeanwhileIsNoProblem) {
  static_cast<void>(test::make_store(data()));
  on_progress = [&](std::string_view current) {
    if (current == "samples/2026-11-20.db") std::filesystem::remove(pack());
  };
  EXPECT_EQ(check().files, 4u);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(CheckTest, AnotherBackendIsRefusedWithoutItsPassword) {
  const auto done = check_store(
      {data(), "mysql://root:secret@db/x"}, [](auto...) {}, [](const std::string&) {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::invalid);
  EXPECT_THAT(done.error().message, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace wakeful::store
