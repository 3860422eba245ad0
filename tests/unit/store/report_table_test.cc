#include "store/detail/report_table.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "store/block_codec.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;
using model::Metric;

// The example of the format's description, version 0.1.
const std::string kExample(
    "\x01\x02\x4a\x03"
    "\x02\x01\x0a\x06\x80\x01"
    "\x02\x01\x00"
    "\x02\x01\x02\x64\x04\x01\x02\x02\x02\x64\x02\x01\x00",
    26);

TEST(ReportFigures, AreReadAsTheOldFormatSays) {
  const auto row = read_report_figures(kExample);
  ASSERT_TRUE(row.has_value()) << row.error().message;
  EXPECT_EQ(row->delay_ms, 37);
  EXPECT_EQ(row->clock_offset_ms, -2);
  EXPECT_FALSE(row->greeting);
  EXPECT_EQ(*row->shape,
            (Shape{make_slot(EntityKind::host, 0, Metric::host_cpu_ratio),
                   make_slot(EntityKind::host, 0, Metric::host_load1),
                   make_slot(EntityKind::core, 0, Metric::core_cpu_ratio),
                   make_slot(EntityKind::core, 1, Metric::core_cpu_ratio),
                   make_slot(EntityKind::container, 1, Metric::container_cpu_ratio),
                   make_slot(EntityKind::container, 1, Metric::container_memory_used_bytes),
                   make_slot(EntityKind::container, 3, Metric::container_cpu_ratio),
                   make_slot(EntityKind::container, 3, Metric::container_memory_used_bytes)}));
  // 4,096 bytes are less than half a step of today.
  EXPECT_EQ(row->values, (std::vector<std::int64_t>{5, 64, 0, kMissing, 2, 0, 1, 0}));
}

TEST(ReportFigures, CutOffAnywhereAreDamaged) {
  for (std::size_t size = 0; size < kExample.size(); ++size)
    EXPECT_FALSE(read_report_figures(kExample.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(read_report_figures(kExample + "x").has_value());
}

TEST(ReportFigures, AnyBytesAreReadOrRefused) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = kExample;
    for (auto left = 1 + random() % 4; left > 0; --left)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto row = read_report_figures(bytes);
    if (!row) {
      EXPECT_EQ(row.error().code, Errc::io);
    } else {
      EXPECT_EQ(row->values.size(), row->shape->size());
    }
  }
}

}  // namespace
}  // namespace wakeful::store::detail
