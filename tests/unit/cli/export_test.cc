#include <cmath>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/export_rows.h"
#include "cli/moment.h"
#include "cli/progress_line.h"
#include "support/memory_store.h"
#include "support/store_reports.h"

namespace wakeful::cli {
namespace {

using model::Metric;
using std::chrono::hours;
using test::make_container;
using test::make_report;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const WallTime kNoon = from_unix_ms(1'795'176'000'000);  // 2026-11-20T12:00:00Z

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(AppendRow, CsvHasALineForEachValueThatIsThere) {
  const Metric metrics[] = {Metric::host_cpu_ratio, Metric::host_load1,
                            Metric::host_memory_total_bytes};
  const double values[] = {0.1234, kNone, 33'567'129'600};
  std::string out;
  EXPECT_EQ(append_row(ExportFormat::csv, {kNoon, "gpu3", "host", metrics, values}, out), 2u);
  EXPECT_EQ(out,
            "2026-11-20T12:00:00.000Z,gpu3,host,host_cpu_ratio,0.1234\n"
            "2026-11-20T12:00:00.000Z,gpu3,host,host_memory_total_bytes,33567129600\n");
}

TEST(AppendRow, CsvQuotesAsRfc4180Says) {
  const Metric metric[] = {Metric::container_cpu_ratio};
  const double value[] = {1};
  std::string out;
  append_row(ExportFormat::csv, {kNoon, "a,b", "container:say \"hi\"\nnow", metric, value}, out);
  EXPECT_EQ(out,
            "2026-11-20T12:00:00.000Z,\"a,b\",\"container:say \"\"hi\"\"\nnow\","
            "container_cpu_ratio,1\n");
}

TEST(AppendRow, JsonIsOneObjectPerEntityAndMoment) {
  const Metric metrics[] = {Metric::container_cpu_ratio, Metric::container_memory_used_bytes,
                            Metric::container_memory_limit_bytes};
  const double values[] = {0.5, kNone, 1e15};
  std::string out;
  const ExportRow row{kNoon, "한\"국", "container:\x01", metrics, values};
  EXPECT_EQ(append_row(ExportFormat::jsonl, row, out), 1u);
  EXPECT_EQ(out,
            "{\"time\":\"2026-11-20T12:00:00.000Z\",\"server\":\"한\\\"국\",\"entity\":"
            "\"container:\\u0001\",\"metrics\":{\"container_cpu_ratio\":0.5,"
            "\"container_memory_limit_bytes\":1000000000000000}}\n");
}

TEST(AppendRow, ARowWithoutValuesHasNoLine) {
  const Metric metric[] = {Metric::host_cpu_ratio};
  const double value[] = {kNone};
  std::string out;
  EXPECT_EQ(append_row(ExportFormat::jsonl, {kNoon, "a", "host", metric, value}, out), 0u);
  EXPECT_EQ(append_row(ExportFormat::csv, {kNoon, "a", "host", metric, value}, out), 0u);
  EXPECT_EQ(out, "");
}

TEST(AppendRow, NumbersComeBackAsTheyWere) {
  const Metric metric[] = {Metric::host_cpu_ratio};
  for (const double number : {0.1 + 0.2, 1.0 / 3, 0.0001, 5e-324, 1e300, 123456789.125}) {
    std::string out;
    const double value[] = {number};
    append_row(ExportFormat::csv, {kNoon, "a", "host", metric, value}, out);
    const auto text = out.substr(out.rfind(',') + 1);
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
    EXPECT_EQ(text.find('e'), std::string::npos);
  }
}

/// Knows which entities it has samples of.
class Samples final : public test::MemorySamples {
 public:
  Result<std::vector<store::EntityInfo>> entities(model::ServerId server) override {
    std::vector<store::EntityInfo> found;
    for (const auto kind : {model::EntityKind::container, model::EntityKind::core}) {
      for (const auto& name : names[{server, kind}]) found.push_back({kind, name, {}, {}});
    }
    return found;
  }
  Result<store::Columns> read(const store::SampleQuery& query) override {
    ++reads;
    auto asked = query;
    asked.limit = std::min(asked.limit, most);
    return test::MemorySamples::read(asked);
  }

  std::map<std::pair<model::ServerId, model::EntityKind>, std::vector<std::string>> names;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  int reads = 0;
};

class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    auto samples = std::make_unique<Samples>();
    samples_ = samples.get();
    store_.samples = std::move(samples);
    store_.registry = std::make_unique<test::MemoryRegistry>();
    for (const auto* name : {"web", "gpu3"}) {
      EXPECT_TRUE(store_.registry->add_server(name, model::Origin::native, {}, kNoon).has_value());
    }
  }

  void add(store::AcceptedReport report) {
    ASSERT_TRUE(samples_->append(std::span(&report, 1)).has_value());
  }
  void add_cpu(std::int64_t server, WallTime time, double ratio) {
    auto report = make_report(server, ++sequence_, time);
    report.report.metrics = {{Metric::host_cpu_ratio, ratio}};
    add(report);
  }

  Result<std::uint64_t> run() {
    out_.clear();
    return export_samples(
        store_, selection_,
        {[this](std::string_view text) -> Result<bool> {
           out_ += text;
           ++writes_;
           return !stop_;
         },
         [this](std::uint64_t done, std::uint64_t total, auto...) { EXPECT_LE(done, total); }});
  }
  std::vector<std::string> lines() {
    const auto done = run();
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
    auto all = lines_of(out_);
    EXPECT_EQ(done ? *done + 1 : 0, all.size());
    EXPECT_EQ(all.empty() ? "" : all[0], "time,server,entity,metric,value");
    if (!all.empty()) all.erase(all.begin());
    return all;
  }

  store::Store store_;
  Samples* samples_;
  ExportSelection selection_;
  std::string out_;
  std::int64_t sequence_ = 0;
  int writes_ = 0;
  bool stop_ = false;
};

TEST_F(ExportTest, ServersByNameAndInThemByDayEntityAndTime) {
  add_cpu(1, kNoon, 0.1);
  add_cpu(2, kNoon + hours(24), 0.3);
  auto report = make_report(2, 100, kNoon);
  report.report.metrics = {{Metric::host_cpu_ratio, 0.2}};
  report.report.core_cpu_ratio = {0.25, kNone};
  report.report.containers = {make_container("db", 0.01, 4096)};
  add(report);
  samples_->names[{model::ServerId{2}, model::EntityKind::container}] = {"db"};
  samples_->names[{model::ServerId{2}, model::EntityKind::core}] = {"0", "1"};
  EXPECT_THAT(lines(),
              ElementsAre("2026-11-20T12:00:00.000Z,gpu3,host,host_cpu_ratio,0.2",
                          "2026-11-20T12:00:00.000Z,gpu3,container:db,container_cpu_ratio,0.01",
                          "2026-11-20T12:00:00.000Z,gpu3,container:db,"
                          "container_memory_used_bytes,4096",
                          "2026-11-20T12:00:00.000Z,gpu3,core:0,core_cpu_ratio,0.25",
                          "2026-11-21T12:00:00.000Z,gpu3,host,host_cpu_ratio,0.3",
                          "2026-11-20T12:00:00.000Z,web,host,host_cpu_ratio,0.1"));
}

TEST_F(ExportTest, SinceIsIncludedAndUntilIsNot) {
  for (int hour = 0; hour < 60; ++hour) add_cpu(1, kNoon + hours(hour), hour / 100.0);
  selection_.since = kNoon + hours(10);
  selection_.until = kNoon + hours(50);
  const auto all = lines();
  ASSERT_EQ(all.size(), 40u);
  EXPECT_THAT(all.front(), HasSubstr(",0.1"));
  EXPECT_THAT(all.back(), HasSubstr(",0.49"));
  EXPECT_TRUE(std::ranges::is_sorted(all));
}

TEST_F(ExportTest, ADayWithMoreThanOneReadGivesComesWholeAndInOrder) {
  for (int i = 0; i < 500; ++i)
    add_cpu(1, kNoon + Milliseconds(i * (i % 7 == 0 ? 1 : 90'000)), 0.5);
  samples_->most = 10;
  const auto all = lines();
  // Equal times are one sample in a real store; the memory store keeps them all.
  EXPECT_EQ(all.size(), 500u);
  EXPECT_TRUE(std::ranges::is_sorted(all));
}

TEST_F(ExportTest, AYearOfSilenceCostsNothing) {
  add_cpu(1, kNoon - hours(24 * 365), 0.1);
  add_cpu(1, kNoon, 0.2);
  selection_.servers = {"web"};
  EXPECT_EQ(lines().size(), 2u);
  EXPECT_LT(samples_->reads, 10);
}

TEST_F(ExportTest, OnlyTheMetricsAndServersAskedFor) {
  auto report = make_report(2, 1, kNoon);
  report.report.metrics = {{Metric::host_cpu_ratio, 0.2}, {Metric::host_load1, 1.5}};
  report.report.core_cpu_ratio = {0.25};
  add(report);
  add_cpu(1, kNoon, 0.1);
  samples_->names[{model::ServerId{2}, model::EntityKind::core}] = {"0"};
  selection_.servers = {"gpu3"};
  selection_.metrics = {Metric::host_load1};
  EXPECT_THAT(lines(), ElementsAre("2026-11-20T12:00:00.000Z,gpu3,host,host_load1,1.5"));
}

TEST_F(ExportTest, AnUnknownServerIsNamedWithTheNearestOne) {
  selection_.servers = {"gpu4"};
  const auto done = run();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::not_found);
  EXPECT_THAT(done.error().message, HasSubstr("did you mean \"gpu3\"?"));
}

TEST_F(ExportTest, AReaderThatGoesEndsItWithoutAnError) {
  for (int i = 0; i < 20'000; ++i) add_cpu(1, kNoon + Milliseconds(i), 0.5);
  stop_ = true;
  EXPECT_TRUE(run().has_value());
  EXPECT_EQ(writes_, 1);
}

TEST_F(ExportTest, AnErrorOfTheStoreEndsIt) {
  samples_->fail_with(Error{Errc::io, "the disk"});
  const auto done = run();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().message, "the disk");
}

TEST(ParseMoment, TakesDatesTimesAndDurations) {
  const struct {
    std::string_view text;
    std::string_view is;
  } cases[] = {{"2026-11-01", "2026-11-01T00:00:00.000Z"},
               {"2026-11-01T10:30", "2026-11-01T10:30:00.000Z"},
               {"2026-11-01T10:30Z", "2026-11-01T10:30:00.000Z"},
               {"2026-11-01T10:30:15Z", "2026-11-01T10:30:15.000Z"},
               {"2026-11-01T10:30:15.123Z", "2026-11-01T10:30:15.123Z"},
               {"7d", "2026-11-13T12:00:00.000Z"},
               {"1h30m", "2026-11-20T10:30:00.000Z"}};
  for (const auto& one : cases) {
    const auto parsed = parse_moment(one.text, kNoon);
    ASSERT_TRUE(parsed.has_value()) << one.text;
    EXPECT_EQ(format_utc(*parsed), one.is);
  }
}

TEST(ParseMoment, RefusesEverythingElse) {
  for (const auto* text :
       {"", "yesterday", "2026", "2026-11", "2026-13-01", "2026-02-30", "-7d", "2026-11-01T",
        "2026-11-01T24:00", "2026-11-01T10:60", "2026-11-01 10:00", "2026-11-01T10:30:15.1Z",
        "2026-11-01T10:30:15+01:00", "7"}) {
    const auto parsed = parse_moment(text, kNoon);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("expected a time in UTC"));
  }
}

TEST(ProgressText, SaysPercentAmountRateAndTheRest) {
  using std::chrono::seconds;
  EXPECT_EQ(progress_text({3 << 20, 10 << 20, 3 << 20, "samples.db"}, Amount::bytes, seconds(3)),
            " 30 %  3.0 MiB  1.0 MiB/s  0:07 left  samples.db");
  EXPECT_EQ(progress_text({1, 7200, 50, "gpu3"}, Amount::lines, seconds(1)),
            "  0 %  50 lines  50 lines/s  1:59:59 left  gpu3");
  EXPECT_EQ(progress_text({0, 0, 0, ""}, Amount::bytes, seconds(0)), "  0 %  0 B  ");
  EXPECT_EQ(progress_text({5, 5, 5, "x"}, Amount::bytes, seconds(2)),
            "100 %  5 B  2 B/s  0:00 left  x");
}

TEST(ProgressLine, IsNotWrittenWhereThereIsNoTerminal) {
  std::ostringstream err;
  {
    ProgressLine line(err, Amount::bytes);
    line.show({1, 2, 1, "x"});
  }
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace wakeful::cli
