// Captured machines: every collector at two moments, against one golden report each.
//
// WAKEFUL_UPDATE_GOLDEN=1 tests/collect_test --gtest_filter='*GoldenReport*' writes the reports
// anew: read the difference before committing it.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "collect/containers.h"
#include "collect/docker_json.h"
#include "collect/loadavg.h"
#include "tree.h"
#include "wire/native.h"

namespace wakeful::collect {
namespace {

namespace fs = std::filesystem;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// One value a line, so that a difference can be read.
std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  const auto line = [&] { out += '\n' + std::string(depth * 2, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"' && (i == 0 || json[i - 1] != '\\')) quoted = !quoted;
    if (!quoted && (c == '}' || c == ']')) {
      --depth;
      line();
    }
    out += c;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '{' || c == '[' || c == ',') line();
    if (c == ':') out += ' ';
  }
  return out + '\n';
}

class CapturedMachine : public ::testing::TestWithParam<const char*> {
 protected:
  CapturedMachine() { fs::remove_all(tree_.path() / "proc"); }

  fs::path machine() const { return fs::path(WAKEFUL_FIXTURES) / "machines" / GetParam(); }

  /// The trees become those of one moment, at the same paths.
  void move_to(const std::string& moment) {
    for (const char* part : {"proc", "sys", "root", "docker"}) {
      fs::remove_all(tree_.path() / part);
      fs::create_directory_symlink(machine() / moment / part, tree_.path() / part);
    }
  }

  double uptime(const std::string& moment) const {
    const auto name = "machines/" + std::string(GetParam()) + '/' + moment + "/proc/uptime";
    return *parse_uptime(test::fixture(name));
  }

  /// What the agent does with the engine's answers.
  std::optional<std::vector<EngineContainer>> engine_list(const std::string& moment) const {
    const fs::path folder = machine() / moment / "docker";
    if (!fs::exists(folder)) return std::nullopt;
    const auto name = [&](const std::string& file) {
      return "machines/" + std::string(GetParam()) + '/' + moment + "/docker/" + file;
    };
    auto list = parse_container_list(test::fixture(name("list.json")));
    EXPECT_TRUE(list.has_value()) << list.error().message;
    for (auto& entry : *list) {
      const auto text = test::fixture(name("inspect-" + entry.container.id + ".json"));
      const auto done = merge_inspect(text, entry);
      EXPECT_TRUE(done.has_value()) << done.error().message;
    }
    return std::move(*list);
  }

  std::string golden(model::Report report) const {
    report.facts.agent_version = "test";
    report.agent_run = "0000000000000001";
    report.sequence = 2;
    report.time = clock_.wall_now();
    report.interval = Milliseconds(8000);
    std::string json = wire::encode_report(report);
    replace_all(json, (tree_.path() / "root").string(), "");
    replace_all(json, tree_.path().string(), "");
    return indented(json);
  }

  test::Tree tree_;
  wakeful::test::FakeClock clock_;
};

TEST_P(CapturedMachine, GivesItsGoldenReport) {
  std::vector<std::pair<std::string_view, std::unique_ptr<Collector>>> collectors;
  for (const Entry& entry : all_collectors()) {
    auto made = entry.make(tree_.context(clock_));
    ASSERT_TRUE(made.has_value()) << entry.name;
    collectors.emplace_back(entry.name, std::move(*made));
  }
  ContainerFigures figures(tree_.context(clock_));
  model::Report report;
  for (const char* moment : {"t0", "t1"}) {
    move_to(moment);
    report = {};
    for (auto& [name, collector] : collectors) {
      const auto done = collector->collect(report);
      if (!done)
        report.problems.push_back({std::string(name), done.error().code, done.error().message});
    }
    if (const auto list = engine_list(moment)) figures.add_to(report, *list, {});
    if (std::string_view(moment) == "t0") {
      clock_.advance(Milliseconds(std::llround((uptime("t1") - uptime("t0")) * 1000)));
    }
  }
  const std::string got = golden(std::move(report));
  const fs::path file = machine() / "report.json";
  if (std::getenv("WAKEFUL_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << got;
    GTEST_SKIP() << "wrote " << file;
  }
  EXPECT_EQ(got, test::fixture("machines/" + std::string(GetParam()) + "/report.json"));
  EXPECT_TRUE(wire::parse_reports(got, {}).has_value()) << "the server takes it";
}

INSTANTIATE_TEST_SUITE_P(All, CapturedMachine,
                         ::testing::Values("hybrid-docker", "systemd-v2", "old-kernel",
                                           "raspberry-no-memory-cgroup"),
                         [](const auto& machine) {
                           std::string name = machine.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace wakeful::collect
