#include "store/detail/record.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "store/block_codec.h"
#include "support/store_reports.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;
using model::Metric;

constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

void expect_same(const Row& got, const Row& expected) {
  EXPECT_EQ(got.time_ms, expected.time_ms);
  EXPECT_EQ(got.interval_ms, expected.interval_ms);
  EXPECT_EQ(got.delay_ms, expected.delay_ms);
  EXPECT_EQ(got.clock_offset_ms, expected.clock_offset_ms);
  EXPECT_EQ(got.time_text, expected.time_text);
  EXPECT_EQ(got.greeting, expected.greeting);
  EXPECT_EQ(got.key, expected.key);
  EXPECT_EQ(*got.shape, *expected.shape);
  EXPECT_EQ(got.values, expected.values);
}

std::shared_ptr<const Shape> random_shape(std::mt19937_64& random) {
  Shape shape;
  for (std::uint32_t i = 0; i < random() % 4; ++i)
    shape.push_back(make_slot(EntityKind::host, 0, static_cast<Metric>(1 + random() % 90)));
  for (std::uint32_t i = 0; i < random() % 4; ++i)
    shape.push_back(make_slot(EntityKind::core, i, Metric::core_cpu_ratio));
  for (std::uint32_t i = 0; i < random() % 6; ++i)
    shape.push_back(make_slot(EntityKind::container, static_cast<std::uint32_t>(random()),
                              Metric::container_cpu_ratio));
  return std::make_shared<const Shape>(std::move(shape));
}

std::int64_t random_number(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return kHighest - static_cast<std::int64_t>(random() % 3);
    case 1:
      return kLowest + 1 + static_cast<std::int64_t>(random() % 3);
    case 2:
      return static_cast<std::int64_t>(random());
    default:
      return static_cast<std::int64_t>(random() % 2001) - 1000;
  }
}

void fill(std::mt19937_64& random, Row& row) {
  row.delay_ms = random_number(random);
  row.clock_offset_ms = std::nullopt;
  if (random() % 2 == 0) row.clock_offset_ms = random_number(random);
  row.time_text = random() % 3 == 0 ? "20 Nov" : "";
  row.greeting = random() % 4 == 0;
  row.key.sequence =
      random() % 2 == 0
          ? random_number(random)
          : static_cast<std::int64_t>(static_cast<std::uint64_t>(row.key.sequence) + 1);
  row.values.clear();
  for (const auto slot : *row.shape) {
    // A core's value is a ratio or missing.
    const bool core = slot_kind(slot) == EntityKind::core;
    const auto ratio = static_cast<std::int64_t>(random() % 10'001);
    row.values.push_back(core ? (random() % 4 == 0 ? kMissing : ratio) : random_number(random));
  }
}

TEST(Record, AnyRowsComeBackWholeAndAsDifferences) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 300; ++run) {
    std::vector<Row> rows(1);
    rows[0].shape = random_shape(random);
    rows[0].time_ms = random_number(random);
    rows[0].interval_ms = random_number(random);
    rows[0].key.source = random();
    fill(random, rows[0]);
    std::string bytes;
    put_whole(rows[0], "abc", bytes);
    for (int i = 0; i < 20; ++i) {
      Row next = rows.back();
      fill(random, next);
      next.interval_ms = static_cast<std::int64_t>(random() % 20'000) - 5'000;
      next.time_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(rows.back().time_ms) +
                                               static_cast<std::uint64_t>(next.interval_ms));
      if (random() % 5 == 0) {
        next.shape = random_shape(random);
        fill(random, next);
        put_whole(next, "", bytes);
      } else {
        put_difference(next, rows.back(), bytes);
      }
      rows.push_back(std::move(next));
    }
    ByteReader reader(bytes);
    Row row;
    std::string_view sequences;
    for (const auto& expected : rows) {
      ASSERT_TRUE(read_record(reader, row, &sequences).has_value());
      EXPECT_EQ(sequences, &expected == &rows[0] ? "abc" : "");
      expect_same(row, expected);
    }
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(Record, OfAUsualReportCostsAByteAFigure) {
  auto first = test::make_full_report(1, 1, 4);
  auto second = first;
  second.key.sequence = 2;
  second.time += Milliseconds(10'000);
  second.received += Milliseconds(10'000);
  second.report.time = second.time;
  const std::vector<std::uint32_t> numbers{1, 2, 3, 4};
  Row a;
  fill_row(first, numbers, a);
  a.interval_ms = 10'000;
  Row b = a;
  fill_row(second, numbers, b);
  EXPECT_EQ(a.shape, b.shape) << "the same object";
  b.interval_ms = b.time_ms - a.time_ms;
  std::string bytes;
  put_difference(b, a, bytes);
  EXPECT_FALSE(is_whole(bytes));
  EXPECT_LE(bytes.size(), b.values.size() + 4);
}

TEST(Record, ADifferenceNeedsTheRowBefore) {
  Row row;
  row.shape = std::make_shared<const Shape>();
  std::string bytes;
  put_difference(row, row, bytes);
  ByteReader reader(bytes);
  Row none;
  const auto read = read_record(reader, none);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Errc::io);
}

TEST(Record, DamagedBytesAreReadOrRefusedWithoutMuchMemory) {
  std::mt19937_64 random(2);
  Row good;
  good.shape = random_shape(random);
  fill(random, good);
  std::string whole;
  put_whole(good, "seq", whole);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (auto left = 1 + random() % 3; left > 0; --left)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    ByteReader reader(bytes);
    Row row;
    if (!read_record(reader, row)) continue;
    ASSERT_EQ(row.values.size(), row.shape->size());
    EXPECT_LE(row.values.size(), bytes.size());
  }
}

}  // namespace
}  // namespace wakeful::store::detail
