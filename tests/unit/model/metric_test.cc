#include "model/metric.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace wakeful::model {
namespace {

TEST(MetricCatalogue, NumbersAndNamesAreUniqueAndSorted) {
  std::set<std::string_view> names;
  int previous = 0;
  for (const auto& info : metric_catalogue()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GT(static_cast<int>(info.metric), previous) << info.name;
    previous = static_cast<int>(info.metric);
    EXPECT_GT(info.quantum, 0) << info.name;
    EXPECT_LT(info.minimum, info.maximum) << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
  }
}

TEST(MetricCatalogue, NamesSayEntityAndUnit) {
  for (const auto& info : metric_catalogue()) {
    EXPECT_TRUE(info.name.starts_with(std::string(entity_kind_name(info.entity)) + "_"))
        << info.name;
    for (const auto unit : {Unit::ratio, Unit::bytes, Unit::watts, Unit::cores}) {
      EXPECT_EQ(info.unit == unit, info.name.ends_with("_" + std::string(unit_name(unit))))
          << info.name;
    }
  }
}

TEST(FindMetric, FindsEveryNameAndNumberAndNoOther) {
  for (const auto& info : metric_catalogue()) {
    EXPECT_EQ(find_metric(info.name), info.metric) << info.name;
    EXPECT_EQ(find_metric_number(static_cast<std::uint16_t>(info.metric)), info.metric);
    EXPECT_EQ(&metric_info(info.metric), &info);
    const std::string name(info.name);
    EXPECT_EQ(find_metric(name + "x"), std::nullopt);
    EXPECT_EQ(find_metric(name.substr(1)), std::nullopt);
    EXPECT_NE(find_metric(name.substr(0, name.size() - 1)), info.metric) << name;
  }
  for (const auto* absent : {"", "h", "host", "HOST_CPU_RATIO", "host_cpu_ratio ", "\xff\xff"}) {
    EXPECT_EQ(find_metric(absent), std::nullopt) << absent;
  }
  for (const int absent : {0, 14, 49, 51, 99, 105, 65535}) {
    EXPECT_EQ(find_metric_number(static_cast<std::uint16_t>(absent)), std::nullopt) << absent;
  }
}

TEST(MetricInfo, BreaksTheContractOnAMetricThatIsNone) {
  EXPECT_DEATH(static_cast<void>(metric_info(Metric{14})), "contract broken");
}

TEST(FindValue, GivesTheValueOrNothing) {
  const MetricValue values[] = {{Metric::host_users, 2}, {Metric::host_load1, 0}};
  EXPECT_EQ(find_value(values, Metric::host_users), 2);
  EXPECT_EQ(find_value(values, Metric::host_load1), 0);
  EXPECT_EQ(find_value(values, Metric::host_load5), std::nullopt);
}

}  // namespace
}  // namespace wakeful::model
