// A data folder that version 0.1.0 wrote, opened by this version: everything its API answered is still
// there, wherever the conversion was cut off, and one damaged row costs itself.
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <unistd.h>

#include <boost/json.hpp>
#include <sys/wait.h>

#include "base/strings.h"
#include "store_test_base.h"
#include "support/made_store.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Bytes were kept in steps of 4,096 and are now in steps of 65,536.
constexpr double kHalfAStepOfBytes = 65'536 / 2;
constexpr std::int64_t kReports = 160;
constexpr auto kSource = static_cast<std::uint64_t>(-8144430257284685862);

const fs::path kFixture = fs::path(WAKEFUL_FIXTURES) / "databases" / "0.1.0";

json::object expected_answers() {
  std::ifstream file(kFixture / "expected.json");
  std::ostringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).as_object();
}

std::vector<std::string> strings(const json::value& list) {
  std::vector<std::string> all;
  for (const auto& item : list.as_array()) all.emplace_back(item.as_string());
  return all;
}

class MigrationTest : public StoreTestBase {
 protected:
  void SetUp() override {
    fs::create_directories(data());
    for (const char* name : {"registry.db", "samples.db"})
      fs::copy_file(kFixture / name, data() / name);
  }

  static model::ServerId server_of(std::string_view name) {
    return model::ServerId{name == "alpha" ? 1 : 2};
  }

  /// One answer of the old API: "host", "core:0" or "container:web".
  void expect_answer(const std::string& server, const std::string& entity,
                     const json::object& expected) {
    SampleQuery query;
    query.server = server_of(server);
    if (entity.starts_with("core:")) {
      query.entity = model::EntityKind::core;
      query.entity_name = entity.substr(5);
    } else if (entity.starts_with("container:")) {
      query.entity = model::EntityKind::container;
      query.entity_name = entity.substr(10);
    }
    query.limit = 1'000;
    const auto names = strings(expected.at("metrics"));
    for (const auto& name : names) {
      const auto metric = model::find_metric(name);
      ASSERT_TRUE(metric.has_value()) << name;
      query.metrics.push_back(*metric);
    }
    const auto columns = samples().read(query);
    ASSERT_TRUE(columns.has_value()) << columns.error().message;
    const auto& times = expected.at("time_ms").as_array();
    ASSERT_EQ(columns->times.size(), times.size()) << server << " " << entity;
    for (std::size_t i = 0; i < times.size(); ++i)
      EXPECT_EQ(to_unix_ms(columns->times[i]), times[i].to_number<std::int64_t>());
    for (std::size_t m = 0; m < names.size(); ++m) {
      const auto& values = expected.at("columns").as_object().at(names[m]).as_array();
      const bool bytes = model::metric_info(query.metrics[m]).unit == model::Unit::bytes;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = columns->values[m][i];
        const auto where = server + " " + entity + " " + names[m] + " " + std::to_string(i);
        if (values[i].is_null()) {
          EXPECT_TRUE(std::isnan(value)) << where;
        } else {
          EXPECT_NEAR(value, values[i].to_number<double>(), bytes ? kHalfAStepOfBytes : 1e-9)
              << where;
        }
      }
    }
  }

  void expect_all_answers() {
    for (const auto& [server, entities] : expected_answers()) {
      for (const auto& [entity, answer] : entities.as_object())
        expect_answer(std::string(server), std::string(entity), answer.as_object());
    }
  }

  void expect_repeats() {
    for (const std::int64_t server : {1, 2}) {
      std::vector<AcceptedReport> again;
      for (std::int64_t k = 1; k <= kReports; ++k) {
        again.push_back(test::make_report(server, k, test::kStart));
        again.back().key.source = kSource;
      }
      EXPECT_EQ(append(again), std::vector(again.size(), Appended::repeated));
    }
  }

  void expect_last_reports() {
    const auto last = samples().last_reports();
    ASSERT_TRUE(last.has_value()) << last.error().message;
    ASSERT_EQ(last->size(), 2U);
    const auto expected = expected_answers();
    for (const char* name : {"alpha", "beta"}) {
      const auto& report = (*last)[name == std::string("alpha") ? 0 : 1];
      const auto& host = expected.at(name).at("host");
      EXPECT_EQ(to_unix_ms(report.time),
                host.at("time_ms").as_array().back().to_number<std::int64_t>());
      const auto cpu = model::find_value(report.report.metrics, model::Metric::host_cpu_ratio);
      ASSERT_TRUE(cpu.has_value());
      EXPECT_EQ(*cpu,
                host.at("columns").at("host_cpu_ratio").as_array().back().to_number<double>());
      EXPECT_EQ(report.report.core_cpu_ratio.size(), 2U);
      ASSERT_TRUE(report.report.containers.has_value());
      EXPECT_GE(report.report.containers->size(), 2U);
    }
  }
};

TEST_F(MigrationTest, EverythingThatWasAnsweredIsStillThere) {
  for (int turn = 0; turn < 3; ++turn) {
    reopen();
    expect_all_answers();
    expect_last_reports();
    expect_repeats();
    if (turn == 1) maintain(from_unix_ms(1'795'173'571'497) + kDay * 2);
  }
  auto next = test::make_report(1, kReports + 1, from_unix_ms(1'795'173'600'000));
  next.key.source = kSource;
  EXPECT_EQ(append({next}), std::vector{Appended::stored});
  EXPECT_EQ(store_.registry->servers().value().size(), 2U);
  close();
  EXPECT_EQ(test::ask(data() / "samples.db", "SELECT count(*) FROM report"), 0);
}

TEST_F(MigrationTest, KilledAnywhereItGoesOnTheNextTime) {
  std::mt19937 random(20261120);
  for (int kill = 0; kill < 12; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto opened = open_store({data(), ""});
      ::_exit(opened ? 0 : 1);
    }
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 25'000);
    while (std::chrono::steady_clock::now() < end) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  }
  reopen();
  expect_all_answers();
  expect_last_reports();
  expect_repeats();
}

TEST_F(MigrationTest, ADamagedRowCostsItself) {
  test::execute(data() / "samples.db",
                "UPDATE report SET figures = x'01ff' WHERE server = 1 AND sequence = 50");
  reopen();
  EXPECT_EQ(stored(1), 159U);
  EXPECT_EQ(stored(2), 160U);
  expect_repeats();
}

}  // namespace
}  // namespace wakeful::store
