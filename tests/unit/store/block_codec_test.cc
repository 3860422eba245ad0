#include "store/block_codec.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

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
  const auto decoded = decode_block(encode_block(block));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, block);
}

/// Put the right checksum under changed bytes, so that the decoder looks at them.
std::string with_checksum(std::string body) {
  const auto sum = crc32_z(0, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  for (int shift = 0; shift < 32; shift += 8) body.push_back(static_cast<char>(sum >> shift));
  return body;
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

TEST(BlockCodec, EveryFlippedBitIsNoticed) {
  Random random(4);
  const auto bytes = encode_block(one_column(random_values(random, 60)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_block(damaged)) << "bit " << bit;
  }
}

TEST(BlockCodec, EveryTruncationIsNoticed) {
  Random random(5);
  const auto bytes = encode_block(one_column(random_values(random, 60)));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_block(std::string_view(bytes).substr(0, size)));
    if (size < 4) continue;
    EXPECT_FALSE(decode_block(with_checksum(bytes.substr(0, size - 4))));
  }
}

TEST(BlockCodec, DamageUnderAGoodChecksumNeverCrashes) {
  Random random(6);
  for (int round = 0; round < 3'000; ++round) {
    auto bytes = encode_block(one_column(random_values(random, 1 + random() % 200)));
    bytes.resize(bytes.size() - 4);
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    // A value or an error; the sanitizers watch the rest.
    const auto decoded = decode_block(with_checksum(bytes));
    if (decoded) {
      EXPECT_LE(decoded->times_ms.size(), kMaxBlockSamples);
    }
  }
}

TEST(BlockCodec, ANewerFormatIsNamed) {
  auto bytes = encode_block(one_column({1, 2, 3}));
  bytes.resize(bytes.size() - 4);
  bytes[0] = 9;
  const auto decoded = decode_block(with_checksum(bytes));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::unsupported);
  EXPECT_NE(decoded.error().message.find("format 9"), std::string::npos);
}

TEST(BlockCodec, AFewBytesCannotAskForMuchMemory) {
  // 2^17 samples of 60,000 constant columns would be 63 GB.
  std::string bytes = {1};
  const auto put = [&](std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(number | 0x80));
    bytes.push_back(static_cast<char>(number));
  };
  put(1 << 17);
  put(60'000);
  for (int i = 0; i <= 60'000; ++i) bytes.append(i == 0 ? 3 : 5, '\0');
  const auto decoded = decode_block(with_checksum(bytes));
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("size"), std::string::npos);
}

}  // namespace
}  // namespace wakeful::store
