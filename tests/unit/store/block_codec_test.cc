#include "store/block_codec.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "support/block_seal.h"

namespace wakeful::store {
namespace {

using Random = std::mt19937_64;

Block one_column(std::vector<std::int64_t> values) {
  Block block;
  for (std::size_t i = 0; i < values.size(); ++i) {
    block.times_ms.push_back(1'795'158'745'123 + static_cast<std::int64_t>(i) * 10'000);
  }
  block.columns.push_back({7, 1, std::move(values)});
  return block;
}

void expect_kept(const Block& block) {
  const auto bytes = encode_block(block);
  const auto decoded = decode_block(bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, block);
  EXPECT_TRUE(verify_block(bytes));
}

std::vector<std::int64_t> random_values(Random& random, std::size_t count) {
  const auto shape = random() % 6;
  const auto shift = random() % 64;
  std::int64_t level = static_cast<std::int64_t>(random() % 100'000);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t value = level;
    if (shape == 0) value = static_cast<std::int64_t>(random() >> shift);            // anything
    if (shape == 1) value = level += static_cast<std::int64_t>(random() % 99) - 49;  // wanders
    if (shape == 3)
      value = random() % 100 == 0 ? static_cast<std::int64_t>(random()) : 3;  // spikes
    if (shape == 4) value = level = random() % 50 == 0 ? 0 : level + 1'000;  // counts up and resets
    if (shape == 5) value = -static_cast<std::int64_t>(random() % 1'000);
    if (shape != 2 && random() % 7 == 0) value = kMissing;
    values.push_back(value);
  }
  return values;
}

TEST(BlockCodec, AnythingComesBackAsItWas) {
  Random random(1);
  for (int round = 0; round < 1'500; ++round) {
    Block block;
    const std::size_t count = 1 + random() % (round % 50 == 0 ? 3'000 : 40);
    std::int64_t time = static_cast<std::int64_t>(random() % 1'000'000);
    for (std::size_t i = 0; i < count; ++i) {
      // Now and then a clock steps, back too.
      time += random() % 10 == 0 ? static_cast<std::int64_t>(random() % 100'000) - 50'000 : 10'000;
      block.times_ms.push_back(time);
    }
    for (std::size_t i = random() % 6; i > 0; --i) {
      block.columns.push_back({random() >> (random() % 64), static_cast<std::uint16_t>(random()),
                               random_values(random, count)});
    }
    expect_kept(block);
  }
}

std::string bytes_of(std::initializer_list<int> numbers) {
  std::string bytes;
  for (const int number : numbers) bytes.push_back(static_cast<char>(number));
  return bytes;
}

/// Blocks live as long as people keep their history: a change of these bytes is a change of the
/// format, and needs another version.
TEST(BlockCodec, BlocksWrittenOnceAreReadForEver) {
  Block one{{1'000}, {{7, 1, {42}}}};
  const auto one_bytes = bytes_of({0x01, 0x50, 0x01, 0x01, 0x00, 0x00, 0xd0, 0x0f, 0x01, 0x0e, 0x01,
                                   0x54, 0x00, 0x00, 0x00, 0x01, 0x00, 0x57, 0x0d, 0x32, 0x76});
  EXPECT_EQ(decode_block(one_bytes), one);
  EXPECT_EQ(encode_block(one), one_bytes);
  // One table for both columns: of the times all steps are 1 x 10,000, of the values 0 or 1 x 3.
  Block six{{}, {{7, 1, {5, 5, kMissing, 8, 5, 5}}}};
  for (int i = 0; i < 6; ++i) six.times_ms.push_back(1'000 + i * 10'000);
  const auto six_bytes =
      bytes_of({0x01, 0x50, 0x06, 0x01, 0x89, 0xc0, 0xed, 0x70, 0x6b, 0x80, 0x06, 0xe2,
                0x00, 0x08, 0x02, 0x04, 0xd0, 0x0f, 0x0b, 0x0e, 0x01, 0x03, 0x02, 0x01,
                0x03, 0x0a, 0x00, 0x55, 0xca, 0xdb, 0x32, 0xf7, 0xc0, 0x95, 0x13});
  EXPECT_EQ(decode_block(six_bytes), six);
  EXPECT_EQ(encode_block(six), six_bytes);
}

TEST(BlockCodec, OneSampleIsABlock) { expect_kept(one_column({42})); }

TEST(BlockCodec, AColumnMayBeMissingThroughout) {
  expect_kept(one_column({kMissing, kMissing, kMissing}));
}

TEST(BlockCodec, AColumnMayComeAndGo) {
  expect_kept(one_column({kMissing, 5, 5, kMissing, kMissing, 9, kMissing}));
}

TEST(BlockCodec, ExtremesComeBack) {
  const auto largest = std::numeric_limits<std::int64_t>::max();
  expect_kept(one_column({largest, -largest, 0, largest, -1, -largest}));
}

TEST(BlockCodec, ManyColumnsCutAlikeShareAStream) {
  Random random(2);
  Block block;
  for (int i = 0; i < 500; ++i) block.times_ms.push_back(i * 1'000);
  for (std::uint64_t entity = 0; entity < 200; ++entity) {
    BlockColumn column{entity, 100, {}};
    for (int i = 0; i < 500; ++i)
      column.values.push_back(static_cast<std::int64_t>(random() % 300));
    block.columns.push_back(std::move(column));
  }
  expect_kept(block);
}

TEST(BlockCodec, OnlyWantedColumnsAreDecoded) {
  Random random(3);
  Block block;
  for (int i = 0; i < 100; ++i) block.times_ms.push_back(i * 1'000);
  for (std::uint16_t metric = 1; metric <= 9; ++metric) {
    block.columns.push_back({metric % 2U, metric, random_values(random, 100)});
  }
  const ColumnKey wanted[] = {{1, 5}, {0, 2}, {1, 99}};
  const auto decoded = decode_block(encode_block(block), wanted);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->columns.size(), 2U);
  EXPECT_EQ(decoded->columns[0], block.columns[1]);
  EXPECT_EQ(decoded->columns[1], block.columns[4]);
  EXPECT_EQ(decoded->times_ms, block.times_ms);
}

TEST(BlockCodec, RegularTimesAndSteadyValuesCostAlmostNothing) {
  EXPECT_LT(encode_block(one_column(std::vector<std::int64_t>(8'640, 17))).size(), 100U);
}

/// Enough samples for a split block: a column that wanders, one that never changes, one that mostly
/// stays.
Block day() {
  Random random(7);
  Block block;
  std::int64_t level = 2'000;
  BlockColumn wanders{0, 1, {}};
  BlockColumn stays{0, 4, {}};
  for (int i = 0; i < 5'000; ++i) {
    block.times_ms.push_back(1'795'158'745'000 + std::int64_t{i} * 10'000);
    wanders.values.push_back(level += static_cast<std::int64_t>(random() % 9) - 4);
    stays.values.push_back(random() % 90 == 0 ? kMissing : i / 700);
  }
  block.columns = {wanders, {0, 2, std::vector<std::int64_t>(5'000, 17)}, stays};
  return block;
}

TEST(BlockCodec, ADaysColumnsComeBackTogetherAndAlone) {
  const Block block = day();
  expect_kept(block);
  const auto bytes = encode_block(block);
  for (const auto& column : block.columns) {
    const ColumnKey wanted[] = {{column.entity, column.metric}};
    const auto decoded = decode_block(bytes, wanted);
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(decoded->columns.size(), 1U);
    EXPECT_EQ(decoded->columns[0], column);
    EXPECT_EQ(decoded->times_ms, block.times_ms);
  }
}

TEST(BlockCodec, ADamagedByteOfADayCostsItsColumn) {
  const Block block = day();
  const auto whole = encode_block(block);
  auto bytes = whole;
  // The last column's bytes lie at the end, before their checksum.
  bytes[bytes.size() - 10] = static_cast<char>(bytes[bytes.size() - 10] ^ 1);
  const ColumnKey first[] = {{0, 1}};
  const auto decoded = decode_block(bytes, first);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->columns[0], block.columns[0]);
  const ColumnKey last[] = {{0, 4}};
  const auto refused = decode_block(bytes, last);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "damaged block: the checksum of the column of entity 0 and metric 4 does not hold");
  EXPECT_FALSE(decode_block(bytes));
  EXPECT_FALSE(verify_block(bytes));
  EXPECT_TRUE(verify_block(whole));
}

TEST(BlockCodec, AUsedBlockIsFilledAgain) {
  Block block = day();
  const auto one = one_column({1, 2, kMissing});
  ASSERT_TRUE(decode_block_into(encode_block(one), {}, block));
  EXPECT_EQ(block, one);
  ASSERT_TRUE(decode_block_into(encode_block(day()), {}, block));
  EXPECT_EQ(block, day());
}

TEST(BlockCodec, CommonFactorsCountersAndJitterCostLittle) {
  Random random(8);
  Block block;
  BlockColumn coarse{1, 1, {}};
  BlockColumn counter{1, 2, {}};
  std::int64_t time = 1'795'158'745'000;
  std::int64_t total = 0;
  for (int i = 0; i < 1'000; ++i) {
    block.times_ms.push_back(time += 9'997 + static_cast<std::int64_t>(random() % 7));
    coarse.values.push_back(static_cast<std::int64_t>(random() % 4) * 1'000'000'007);
    counter.values.push_back(total += 5'000'000 + static_cast<std::int64_t>(random() % 16));
  }
  block.columns = {coarse, counter};
  expect_kept(block);
  // log2 of 7, of 4 and of 16 are 2.8, 2 and 4 bits.
  EXPECT_LT(encode_block(block).size(), 1'200U);
}

TEST(BlockCodec, ColumnsOfEveryKindMayShareABlock) {
  Random random(9);
  for (const std::size_t count : {2, 30, 200}) {
    Block block;
    for (std::size_t i = 0; i < count; ++i) {
      block.times_ms.push_back(static_cast<std::int64_t>(i * 1'000));
    }
    for (std::uint64_t entity = 0; entity < 300; ++entity) {
      BlockColumn column{entity * entity % 97, static_cast<std::uint16_t>(entity % 7), {}};
      column.values = random_values(random, count);
      const auto factor = static_cast<std::int64_t>(random() % 50 + 1);
      for (auto& value : column.values) {
        if (value != kMissing && value < 1'000'000 && value > -1'000'000) value *= factor;
      }
      block.columns.push_back(std::move(column));
    }
    expect_kept(block);
  }
}

/// 20 columns' roll-up: of each the count, smallest, largest and sum of a period's samples.
Block rollup(std::size_t periods) {
  Random random(10);
  Block block;
  for (std::size_t i = 0; i < periods; ++i) {
    block.times_ms.push_back(1'795'158'720'000 + static_cast<std::int64_t>(i) * 60'000);
  }
  for (std::uint64_t entity = 1; entity <= 10; ++entity) {
    for (const int metric : {100, 101}) {
      std::vector<BlockColumn> four(4, BlockColumn{entity, 0, {}});
      std::int64_t level = 2'000;
      for (std::size_t i = 0; i < periods; ++i) {
        const std::int64_t samples = random() % 40 == 0 ? 5 : 6;
        const auto below = static_cast<std::int64_t>(random() % 100);
        const auto above = static_cast<std::int64_t>(random() % 100);
        level += static_cast<std::int64_t>(random() % 101) - 50;
        four[0].values.push_back(samples);
        four[1].values.push_back(level - below);
        four[2].values.push_back(level + above);
        four[3].values.push_back(level * samples + below - above);
      }
      for (std::uint16_t which = 0; which < 4; ++which) {
        four[which].metric = static_cast<std::uint16_t>(metric * 4 + int{which});
        block.columns.push_back(std::move(four[which]));
      }
    }
  }
  return block;
}

TEST(BlockCodec, RollUpsAreKeptInABytePerValue) {
  for (const std::size_t periods : {24, 60, 744}) {
    const Block block = rollup(periods);
    expect_kept(block);
    // 24 periods: headers of 80 columns weigh as much as the values.
    const double bytes = static_cast<double>(encode_block(block).size());
    EXPECT_LT(bytes / static_cast<double>(80 * periods), periods == 24 ? 1.0 : 0.9) << periods;
  }
}

TEST(BlockCodec, EveryFlippedBitIsNoticed) {
  Random random(4);
  const auto bytes = encode_block(one_column(random_values(random, 60)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_block(damaged)) << "bit " << bit;
  }
}

TEST(BlockCodec, EveryFlippedBitOfADayIsNoticed) {
  const auto bytes = encode_block(day());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verify_block(damaged)) << "bit " << bit;
    if (bit % 16 == 0) {
      EXPECT_FALSE(decode_block(damaged)) << "bit " << bit;
    }
  }
}

TEST(BlockCodec, EveryTruncationIsNoticed) {
  Random random(5);
  for (const auto& bytes :
       {encode_block(one_column(random_values(random, 60))), encode_block(day())}) {
    for (std::size_t size = 0; size<bytes.size(); size += bytes.size()> 1'000 ? 17 : 1) {
      EXPECT_FALSE(decode_block(std::string_view(bytes).substr(0, size)));
      EXPECT_FALSE(decode_block(seal_block(bytes.substr(0, size))));
    }
  }
}

TEST(BlockCodec, DamageUnderAGoodChecksumNeverCrashes) {
  Random random(6);
  for (int round = 0; round < 3'000; ++round) {
    const std::size_t count = round % 100 == 0 ? 5'000 : 1 + random() % 200;
    auto bytes = encode_block(one_column(random_values(random, count)));
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    // A value or an error; the sanitizers watch the rest.
    const auto decoded = decode_block(seal_block(bytes));
    if (decoded) {
      EXPECT_LE(decoded->times_ms.size(), kMaxBlockSamples);
    }
  }
}

TEST(BlockCodec, ANewerFormatIsNamed) {
  auto bytes = encode_block(one_column({1, 2, 3}));
  bytes[0] = 9;
  const auto decoded = decode_block(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::unsupported);
  EXPECT_NE(decoded.error().message.find("format 9"), std::string::npos);
}

TEST(BlockCodec, AFewBytesCannotAskForMuchMemory) {
  // 2^17 samples of 60,000 constant columns would be 63 GB.
  std::string bytes = {1, 10 << 3};
  const auto put = [&](std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(number | 0x80));
    bytes.push_back(static_cast<char>(number));
  };
  put(1 << 17);
  put(60'000);
  bytes.append(1 + 2 * 60'001 + 4, '\0');
  const auto decoded = decode_block(seal_block(bytes));
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("size"), std::string::npos);
}

}  // namespace
}  // namespace wakeful::store
