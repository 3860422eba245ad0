#include "model/metric.h"

#include <set>

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
  }
}

}  // namespace
}  // namespace wakeful::model
