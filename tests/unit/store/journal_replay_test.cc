// What a start makes of a journal that a crash left: batches whose beginning is packed, packs that are
// behind, batches that are damaged.
#include <gtest/gtest.h>

#include "store/detail/journal_writer.h"
#include "store_test_base.h"
#include "support/made_store.h"

namespace wakeful::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::make_report;

/// A journal's writer without the rest of the store, and what it has replayed.
class JournalReplay : public StoreTestBase {
 protected:
  void SetUp() override { StoreTestBase::SetUp(); }

  /// The chunks that a replay makes when packs are this far.
  std::vector<std::shared_ptr<const detail::Chunk>> replay(
      const detail::JournalWriter::PackedUpTo& packed) {
    close();
    database_ = test::open_database(data() / "samples.db");
    recent_ = std::make_unique<detail::Recent>();
    auto writer = detail::JournalWriter::open(
        *database_, *recent_, kUnpackedBytes,
        [](model::ServerId, std::int64_t) -> Result<bool> { return false; });
    EXPECT_TRUE(writer.has_value());
    EXPECT_TRUE((*writer)->replay(packed).has_value());
    return recent_->chunks(model::ServerId{1}, detail::kFirstTimeMs, detail::kEndTimeMs);
  }
  static std::vector<std::int64_t> times_of(const detail::Chunk& chunk) {
    std::vector<std::int64_t> times;
    detail::ByteReader reader(chunk.records);
    detail::Row row;
    while (!reader.at_end()) {
      const auto read = detail::read_record(reader, row);
      EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
      if (!read) break;
      times.push_back(row.time_ms);
    }
    return times;
  }

  std::unique_ptr<detail::Database> database_;
  std::unique_ptr<detail::Recent> recent_;
};

/// Of a batch that goes into two days one is packed: what is left of it stays together, or the pack
/// would be marked to have all of the batch when it has a part.
TEST_F(JournalReplay, WhatIsLeftOfABatchStaysInOneChunk) {
  std::vector<AcceptedReport> reports;
  std::vector<std::int64_t> second_day;
  for (int i = 0; i < 30; ++i) {
    const auto time = i % 3 == 1 ? kMidnight - hours(2) + minutes(i) : kMidnight + minutes(i);
    reports.push_back(make_report(1, i, time));
    reports.back().report.metrics = {{model::Metric::host_cpu_ratio, i / 100.0}};
    if (time >= kMidnight) second_day.push_back(to_unix_ms(time));
  }
  append(reports);
  const auto chunks = replay([](model::ServerId, std::int64_t time_ms) {
    return std::int64_t{time_ms < to_unix_ms(kMidnight) ? 1 : 0};
  });
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(times_of(*chunks[0]), second_day);
}

/// The first day's report is packed, and the second day's are differences to it: its batch must stay
/// until they are packed too, or the start after the next crash could not read them.
TEST_F(JournalReplay, WhatPackedReportsAreTheBaseOfKeepsThemInTheJournal) {
  for (int i = 0; i < 5; ++i) {
    auto report = make_report(1, i, kMidnight + minutes(i - 1));
    report.report.metrics = {{model::Metric::host_cpu_ratio, i / 100.0}};
    append({report});
  }
  const auto chunks = replay([](model::ServerId, std::int64_t time_ms) {
    return std::int64_t{time_ms < to_unix_ms(kMidnight) ? 5 : 0};
  });
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(times_of(*chunks[0]).size(), 4U);
  EXPECT_EQ(recent_->first_batch(), 1);
}

TEST_F(JournalReplay, ADamagedBatchCostsItselfAndDifferencesToIt) {
  for (int i = 0; i < 4; ++i) append({make_report(1, i, 0.5)});
  close();
  test::execute(data() / "samples.db",
                "UPDATE batch SET records = CAST('x' || substr(records, 2) AS BLOB) WHERE id = 2");
  reopen();
  EXPECT_EQ(stored(1), 1U);
  // What comes now begins anew and is kept.
  EXPECT_EQ(append({make_report(1, 9, 0.5)}), std::vector{Appended::stored});
  reopen();
  EXPECT_EQ(stored(1), 2U);
}

TEST_F(JournalReplay, MarksOfAnotherJournalDoNotCount) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 10; ++i) reports.push_back(make_report(1, i, 0.5));
  append(reports);
  close_days_before(kMidnight);
  EXPECT_EQ(stored(1), 10U);
  close();
  // The journal begins anew: its first batches have the numbers that the pack says it has.
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(data() / (std::string("samples.db") + suffix));
  reopen();
  for (auto& report : reports) {
    report.time += hours(1);
    report.key.source = 5;
  }
  append(reports);
  reopen();
  EXPECT_EQ(stored(1), 20U);
}

TEST_F(JournalReplay, AChunkWhoseBeginningIsTrimmedIsSkipped) {
  // The first server's open chunk holds the journal back; the second one's is packed.
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 400; ++i) reports.push_back(make_report(2, i, 0.5));
  append({make_report(1, 0, 0.5)});
  for (int at = 0; at < 400; at += 20) append({reports.begin() + at, reports.begin() + at + 20});
  maintain(kMidnight - hours(1));
  reopen();
  EXPECT_EQ(stored(2), 400U);
  EXPECT_EQ(append(reports), std::vector(400, Appended::repeated));
  EXPECT_EQ(stored(1), 1U);
}

TEST_F(JournalReplay, PackedAndTrimmedReportsAreKnownByTheTables) {
  std::vector<AcceptedReport> reports;
  for (int i = 0; i < 50; ++i) reports.push_back(make_report(1, i, 0.5));
  append(reports);
  close_days_before(kMidnight);
  close();
  EXPECT_EQ(test::ask(data() / "samples.db", "SELECT count(*) FROM batch"), 0);
  reopen();
  EXPECT_EQ(append(reports), std::vector(50, Appended::repeated));
  const auto last = samples().last_reports();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->size(), 1U);
  EXPECT_EQ((*last)[0].time, reports.back().time);
}

}  // namespace
}  // namespace wakeful::store
