#include "store/facts_codec.h"

#include <gtest/gtest.h>

#include "support/store_reports.h"

namespace wakeful::store {
namespace {

TEST(Facts, OfAReportComeBackWithoutFigures) {
  auto report = test::make_full_report(1, 1, 3).report;
  report.users = {{"kim", "pts/0", "10.0.0.5", test::kStart}, {"root", "", "", std::nullopt}};
  report.problems = {{"power", Errc::too_large, "x"}};
  (*report.containers)[1].exit_code = -9;
  std::string bytes;
  encode_facts(report, bytes);
  const auto back = decode_facts(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->origin, report.origin);
  EXPECT_EQ(back->boot_id, report.boot_id);
  EXPECT_EQ(back->agent_run, report.agent_run);
  EXPECT_EQ(back->interval, report.interval);
  EXPECT_EQ(back->facts, report.facts);
  EXPECT_EQ(back->users, report.users);
  EXPECT_EQ(back->problems, report.problems);
  for (auto& container : *report.containers) container.metrics.clear();
  EXPECT_EQ(back->containers, report.containers);
  EXPECT_TRUE(back->metrics.empty());
  EXPECT_TRUE(back->core_cpu_ratio.empty());
}

TEST(Facts, ContainersThatAreNotKnownAreNotNone) {
  model::Report report;
  for (const auto& containers : {std::optional<std::vector<model::Container>>(),
                                 std::optional(std::vector<model::Container>())}) {
    report.containers = containers;
    std::string bytes;
    encode_facts(report, bytes);
    const auto back = decode_facts(bytes);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->containers, containers);
  }
}

TEST(Facts, AreTheSameForReportsThatDifferInFiguresOnly) {
  std::string one;
  std::string other;
  encode_facts(test::make_full_report(1, 1, 3).report, one);
  encode_facts(test::make_full_report(1, 2, 3).report, other);
  EXPECT_EQ(one, other);
}

TEST(Facts, CutAnywhereAreRefused) {
  auto report = test::make_full_report(1, 1, 2).report;
  std::string bytes;
  encode_facts(report, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_facts(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(decode_facts(bytes + '\0').has_value());
}

}  // namespace
}  // namespace wakeful::store
