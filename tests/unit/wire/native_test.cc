#include "wire/native.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace wakeful::wire {
namespace {

using model::ContainerState;
using model::Metric;
using model::Report;
using testing::HasSubstr;

std::string fixture(const std::string& name) {
  auto text = read_file(std::filesystem::path(WAKEFUL_FIXTURES) / name);
  EXPECT_TRUE(text.has_value());
  return text ? *text : "";
}

Result<Report> parse_one(std::string_view json) {
  auto reports = parse_reports(json, {});
  if (!reports) return fail(reports.error());
  EXPECT_EQ(reports->size(), 1U);
  return std::move(reports->front());
}

/// NaN is not equal to itself, so cores are compared apart.
void expect_same(const Report& a, const Report& b) {
  EXPECT_EQ(a.boot_id, b.boot_id);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.agent_run, b.agent_run);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.interval, b.interval);
  EXPECT_EQ(a.facts, b.facts);
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.users, b.users);
  EXPECT_EQ(a.containers, b.containers);
  EXPECT_EQ(a.problems, b.problems);
  ASSERT_EQ(a.core_cpu_ratio.size(), b.core_cpu_ratio.size());
  for (std::size_t i = 0; i < a.core_cpu_ratio.size(); ++i) {
    EXPECT_EQ(std::isnan(a.core_cpu_ratio[i]), std::isnan(b.core_cpu_ratio[i]));
    if (std::isnan(a.core_cpu_ratio[i])) continue;
    EXPECT_EQ(a.core_cpu_ratio[i], b.core_cpu_ratio[i]);
  }
}

TEST(ParseReports, ReadsTheReportOfTheProtocolPage) {
  const auto report = parse_one(fixture("api/report.json"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->origin, model::Origin::native);
  EXPECT_EQ(report->boot_id, "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10");
  EXPECT_EQ(report->sequence, 12U);
  EXPECT_EQ(report->agent_run, "5f0c1e2d3a4b5968");
  EXPECT_EQ(report->time, from_unix_ms(1795158745123));
  EXPECT_EQ(report->interval, Milliseconds(8000));
  EXPECT_EQ(report->facts,
            (model::HostFacts{"gpu3", "6.1.0-18-amd64", "Debian GNU/Linux 12 (bookworm)", "x86_64",
                              "0.1.0", 16}));
  EXPECT_EQ(report->metrics,
            (std::vector<model::MetricValue>{{Metric::host_cpu_ratio, 0.1234},
                                             {Metric::host_memory_total_bytes, 33567129600},
                                             {Metric::host_users, 1}}));
  ASSERT_EQ(report->core_cpu_ratio.size(), 3U);
  EXPECT_EQ(report->core_cpu_ratio[1], 0.02);
  EXPECT_TRUE(std::isnan(report->core_cpu_ratio[2]));
  EXPECT_EQ(
      report->users,
      (std::vector<model::UserSession>{{"kim", "pts/0", "10.0.0.5", from_unix_ms(1795150000000)}}));
  ASSERT_TRUE(report->containers);
  ASSERT_EQ(report->containers->size(), 2U);
  const auto& web = report->containers->front();
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.state, ContainerState::running);
  EXPECT_EQ(web.exit_code, std::nullopt);
  EXPECT_EQ(web.metrics,
            (std::vector<model::MetricValue>{{Metric::container_cpu_ratio, 0.01},
                                             {Metric::container_memory_used_bytes, 25165824}}));
  const auto& job = report->containers->back();
  EXPECT_EQ(job.state, ContainerState::exited);
  EXPECT_EQ(job.exit_code, 137);
  EXPECT_EQ(job.status_text, "Exited (137) 2 minutes ago");
  EXPECT_EQ(report->problems,
            (std::vector<model::SourceProblem>{
                {"docker", Errc::denied, "/run/docker.sock: Permission denied"}}));
}

TEST(EncodeReport, WritesWhatParseReportsReadsBack) {
  const auto report = parse_one(fixture("api/report.json"));
  ASSERT_TRUE(report);
  const auto again = parse_one(encode_report(*report));
  ASSERT_TRUE(again) << again.error().message;
  expect_same(*report, *again);
}

constexpr std::string_view kLeast =
    R"({"agent":{"run":"r"},"boot_id":"b","sequence":0,"time_ms":1})";

TEST(ParseReports, TakesTheFourRequiredFieldsAlone) {
  const auto report = parse_one(kLeast);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->containers) << "absent means not known";
  EXPECT_FALSE(report->interval);
  EXPECT_TRUE(report->metrics.empty());
  const auto again = parse_one(encode_report(*report));
  ASSERT_TRUE(again) << again.error().message;
  expect_same(*report, *again);
}

TEST(ParseReports, TellsNoContainersFromContainersNotKnown) {
  auto report = *parse_one(kLeast);
  report.containers.emplace();
  const auto again = parse_one(encode_report(report));
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->containers);
  EXPECT_TRUE(again->containers->empty());
}

TEST(ParseReports, ReadsAnArrayInItsOrder) {
  auto first = *parse_one(kLeast);
  auto second = first;
  second.sequence = 1;
  const auto reports = parse_reports(encode_reports({first, second}), {});
  ASSERT_TRUE(reports) << reports.error().message;
  ASSERT_EQ(reports->size(), 2U);
  EXPECT_EQ((*reports)[0].sequence, 0U);
  EXPECT_EQ((*reports)[1].sequence, 1U);
}

TEST(EncodeReport, MakesBrokenTextsValidAndKeepsOddOnes) {
  auto report = *parse_one(kLeast);
  report.facts.hostname = "a\"\\\n\t\x01/\x7f é 한";
  report.facts.os = "bad \xff\xc3 end\xe2\x82";
  const auto again = parse_one(encode_report(report));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->facts.hostname, report.facts.hostname);
  EXPECT_EQ(again->facts.os, "bad \uFFFD\uFFFD end\uFFFD\uFFFD");
}

TEST(EncodeReport, KeepsTheServerFromRefusingAReportForOneLongText) {
  auto report = *parse_one(kLeast);
  report.problems.push_back({"docker", Errc::io, std::string(5000, 'x')});
  const auto again = parse_one(encode_report(report));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->problems[0].message, std::string(1021, 'x') + "…");
  report.problems[0].message = std::string(900, '\xff');  // mended, it is three times as long
  report.users.push_back({std::string(256, '\xff'), {}, {}, {}});
  const auto mended = parse_one(encode_report(report));
  ASSERT_TRUE(mended) << mended.error().message;
  EXPECT_EQ(mended->problems[0].message.size(), 1023U)
      << "340 marks of 3 bytes and that of the cut";
  EXPECT_LE(mended->users[0].name.size(), 255U);
}

TEST(EncodeReport, LeavesOutWhatWasNotMeasured) {
  auto report = *parse_one(kLeast);
  report.metrics = {{Metric::host_load1, std::nan("")}, {Metric::host_load5, 0.1}};
  report.core_cpu_ratio = {std::nan(""), 1};
  const auto json = encode_report(report);
  EXPECT_THAT(json, HasSubstr(R"("metrics":{"host_load5":0.1})"));
  EXPECT_THAT(json, HasSubstr(R"("core_cpu_ratio":[null,1])"));
}

TEST(EncodeReport, KeepsEveryDigitOfANumber) {
  auto report = *parse_one(kLeast);
  for (const double value : {0.1 + 0.2 - 0.3, 1.0 / 3, 1e-300, 0.30000000000000004}) {
    report.metrics = {{Metric::host_cpu_ratio, value}};
    const auto again = parse_one(encode_report(report));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->metrics[0].value, value);
  }
}

TEST(ParseReports, IgnoresKeysMetricsAndWordsOfANewerAgent) {
  const auto report = parse_one(R"({"agent":{"run":"r","mood":1},"boot_id":"b","sequence":3,
      "time_ms":1,"colour":{"deep":[1,2]},"metrics":{"host_temperament":"hot","host_users":2},
      "containers":[{"name":"a","state":"meditating","karma":[]}],
      "problems":[{"source":"x","code":"bored"}]})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->metrics.size(), 1U);
  EXPECT_EQ(report->containers->at(0).state, ContainerState::unknown);
  EXPECT_EQ(report->problems.at(0).code, Errc::unsupported);
}

TEST(ParseReports, TakesNullForAnOptionalFieldThatIsNotKnown) {
  const auto report = parse_one(R"({"agent":{"run":"r","version":null},"boot_id":"b","sequence":3,
      "time_ms":1,"interval_ms":null,"host":null,"metrics":{"host_users":null},"containers":null})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->metrics.empty());
  EXPECT_FALSE(report->containers);
}

struct BadReport {
  std::string name;
  std::string json;
  Errc code;
  std::string message;
};

void PrintTo(const BadReport& bad, std::ostream* out) { *out << bad.name; }

/// A good report with one more member, or one in place of a required one.
std::string with(const std::string& member) {
  return R"({"agent":{"run":"r"},"boot_id":"b","sequence":0,"time_ms":1,)" + member + "}";
}

class BadReports : public testing::TestWithParam<BadReport> {};

TEST_P(BadReports, AreRefusedWithFieldExpectationAndWhatCame) {
  const auto result = parse_reports(GetParam().json, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, GetParam().code);
  EXPECT_EQ(result.error().message, GetParam().message);
}

const BadReport kBadReports[] = {
    {"Empty", "", Errc::parse, "not JSON: expected an object or an array, got nothing"},
    {"Blank", " \n", Errc::parse, "not JSON: expected an object or an array, got nothing"},
    {"Scalar", "3", Errc::invalid, "expected a report or an array of reports, got 3"},
    {"EmptyArray", "[]", Errc::invalid, "expected 1 report or more, got an empty array"},
    {"ArrayOfNumbers", "[1]", Errc::invalid, "[0]: expected an object, got 1"},
    {"NoFields", "{}", Errc::invalid,
     "agent: expected an object with the key run, but it is missing"},
    {"NoBootId", R"({"agent":{"run":"r"},"sequence":0,"time_ms":1})", Errc::invalid,
     "boot_id: expected text of 1 byte or more, but it is missing"},
    {"NoSequence", R"({"agent":{"run":"r"},"boot_id":"b","time_ms":1})", Errc::invalid,
     "sequence: expected a whole number, but it is missing"},
    {"NoTime", R"({"agent":{"run":"r"},"boot_id":"b","sequence":1})", Errc::invalid,
     "time_ms: expected milliseconds since 1970, but it is missing"},
    {"NoRun", R"({"agent":{},"boot_id":"b","sequence":1,"time_ms":1})", Errc::invalid,
     "agent.run: expected text of 1 byte or more, but it is missing"},
    {"NullRequired", R"({"agent":{"run":"r"},"boot_id":null,"sequence":1,"time_ms":1})",
     Errc::invalid, "boot_id: expected text of 1 to 1024 bytes, got null"},
    {"EmptyBootId", R"({"agent":{"run":"r"},"boot_id":"","sequence":1,"time_ms":1})", Errc::invalid,
     R"(boot_id: expected text of 1 to 1024 bytes, got "")"},
    {"NegativeSequence", R"({"agent":{"run":"r"},"boot_id":"b","sequence":-1,"time_ms":1})",
     Errc::invalid, "sequence: expected a whole number from 0 to 9223372036854775807, got -1"},
    {"HugeSequence", R"({"agent":{"run":"r"},"boot_id":"b","sequence":9223372036854775808})",
     Errc::invalid,
     "sequence: expected a whole number from 0 to 9223372036854775807, got 9223372036854775808"},
    {"HugerSequence", R"({"agent":{"run":"r"},"boot_id":"b","sequence":18446744073709551616})",
     Errc::parse,
     "sequence: expected a number as JSON writes it, of at most 64 bits, got 18446744073709551616"},
    {"FractionSequence", R"({"agent":{"run":"r"},"boot_id":"b","sequence":1.5})", Errc::invalid,
     "sequence: expected a whole number from 0 to 9223372036854775807, got 1.5"},
    {"TextTime", R"({"agent":{"run":"r"},"boot_id":"b","sequence":1,"time_ms":"now"})",
     Errc::invalid, R"(time_ms: expected a whole number from 0 to 253402300799999, got "now")"},
    {"ZeroInterval", with(R"("interval_ms":0)"), Errc::invalid,
     "interval_ms: expected a whole number from 1 to 604800000, got 0"},
    {"HostNotObject", with(R"("host":[])"), Errc::invalid,
     "host: expected an object, got an array"},
    {"HostnameNumber", with(R"("host":{"hostname":5})"), Errc::invalid,
     "host.hostname: expected text of 0 to 1024 bytes, got 5"},
    {"MetricOver", with(R"("metrics":{"host_cpu_ratio":1.5})"), Errc::invalid,
     "metrics.host_cpu_ratio: expected a number from 0 to 1, got 1.5"},
    {"MetricNegative", with(R"("metrics":{"host_load1":-0.5})"), Errc::invalid,
     "metrics.host_load1: expected a number from 0 to 1e+07, got -0.5"},
    {"MetricText", with(R"("metrics":{"host_cpu_ratio":"abc"})"), Errc::invalid,
     R"(metrics.host_cpu_ratio: expected a number from 0 to 1, got "abc")"},
    {"MetricNan", with(R"("metrics":{"host_cpu_ratio":NaN})"), Errc::parse,
     "metrics.host_cpu_ratio: expected a number, got NaN"},
    {"MetricInfinity", with(R"("metrics":{"host_load1":-Infinity})"), Errc::parse,
     "metrics.host_load1: expected a number, got -Infinity"},
    {"MetricBeyondDouble", with(R"("metrics":{"host_load1":1e999})"), Errc::parse,
     "metrics.host_load1: expected a number as JSON writes it, of at most 64 bits, got 1e999"},
    {"MetricTwice", with(R"("metrics":{"host_users":1,"host_users":2})"), Errc::invalid,
     "metrics.host_users: expected the key once, got it twice"},
    {"MetricOfContainer", with(R"("metrics":{"container_cpu_ratio":0.1})"), Errc::invalid,
     "metrics.container_cpu_ratio: expected a metric of a host, got one of a container"},
    {"KeyTwice", with(R"("sequence":5)"), Errc::invalid,
     "sequence: expected the key once, got it twice"},
    {"CoreOver", with(R"("core_cpu_ratio":[0,null,2])"), Errc::invalid,
     "core_cpu_ratio[2]: expected a number from 0 to 1, got 2"},
    {"UserWithoutName", with(R"("users":[{"terminal":"x"}])"), Errc::invalid,
     "users[0].name: expected text of 1 byte or more, but it is missing"},
    {"ContainerMetricOver",
     with(R"("containers":[{"name":"a"},{"name":"b","metrics":{"container_cpu_ratio":1.5}}])"),
     Errc::invalid,
     "containers[1].metrics.container_cpu_ratio: expected a number from 0 to 1, got 1.5"},
    {"ContainerTwice", with(R"("containers":[{"name":"a"},{"name":"b"},{"name":"a"}])"),
     Errc::invalid,
     R"(containers[2].name: expected a name that no other container of the report has, got "a")"},
    {"ContainerWithoutName", with(R"("containers":[{"name":""}])"), Errc::invalid,
     R"(containers[0].name: expected text of 1 to 255 bytes, got "")"},
    {"ExitCodeText", with(R"("containers":[{"name":"a","exit_code":"1"}])"), Errc::invalid,
     "containers[0].exit_code: expected a whole number from -2147483648 to 2147483647, got \"1\""},
    {"LongName", with(R"("users":[{"name":")" + std::string(256, 'n') + R"("}])"), Errc::invalid,
     "users[0].name: expected text of 1 to 255 bytes, got 256 bytes: \"" + std::string(40, 'n') +
         "…\""},
    {"Truncated", R"({"agent":{"run":"r"},"boot_id":"b)", Errc::parse,
     "not JSON at line 1, column 34 (in boot_id): expected '\"' at the end of a text, got the end "
     "of the text: it is cut off"},
    {"TruncatedInObject", R"({"agent":{"run":"r"})", Errc::parse,
     "not JSON at line 1, column 21: expected ',' or '}', got the end of the text: it is cut off"},
    {"SecondDocument", std::string(kLeast) + "\n{}", Errc::parse,
     "not JSON at line 2, column 1: expected the end of the text, got \"{\""},
    {"NotUtf8", "{\"boot_id\":\"a\xff\"}", Errc::parse,
     "not UTF-8 at line 1, column 14 (in boot_id)"},
    {"ControlCharacter", "{\"boot_id\":\"a\nb\"}", Errc::parse,
     "not JSON at line 1, column 14 (in boot_id): expected no control character in a text, got "
     "\"\\x0a\""},
    {"PythonNone", R"({"boot_id":None})", Errc::parse, "boot_id: expected a value, got None"},
    {"SingleQuotes", "{'boot_id':1}", Errc::parse,
     "not JSON at line 1, column 2: expected a key in quotes, got \"'\""},
    {"Html", "<html>", Errc::parse, "not JSON at line 1, column 1: expected a value, got \"<\""},
    {"LeadingZero", R"({"sequence":012})", Errc::parse,
     "sequence: expected a number as JSON writes it, of at most 64 bits, got 012"},
    {"LoneSurrogate", R"({"boot_id":"\ud800x"})", Errc::parse,
     "not JSON at line 1, column 19 (in boot_id): expected a pair of surrogate escapes, got \"x\""},
};

INSTANTIATE_TEST_SUITE_P(ParseReports, BadReports, testing::ValuesIn(kBadReports),
                         [](const auto& one) { return one.param.name; });

TEST(ParseReports, RefusesDeepNestingAndSaysSo) {
  const std::string json = R"({"a":)" + std::string(100'000, '[');
  const auto result = parse_reports(json, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::parse);
  EXPECT_THAT(result.error().message, HasSubstr("nested deeper than 64 levels at line 1"));
  const auto allowed = parse_one(with(R"("x":)" + std::string(60, '[') + std::string(60, ']')));
  EXPECT_TRUE(allowed) << allowed.error().message;
}

TEST(ParseReports, TakesTenThousandContainersWithTheLongestNamesAndNotOneMore) {
  Report report;
  report.boot_id = report.agent_run = "x";
  report.time = from_unix_ms(1);
  auto& list = report.containers.emplace();
  for (int i = 0; i < 10'000; ++i) {
    const auto number = std::to_string(i);
    list.emplace_back().name = number + std::string(255 - number.size(), 'x');
  }
  const auto most = parse_one(encode_report(report));
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_EQ(most->containers->size(), 10'000U);
  list.emplace_back().name = "one more";
  const auto more = parse_one(encode_report(report));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().message, "containers: expected at most 10000 containers, got 10001");
}

TEST(ParseReports, RefusesNamesOf64KiBWhereverTheyStand) {
  const std::string name(64 << 10, 'x');
  for (const std::string& field :
       {R"("containers":[{"name":")" + name + "\"}]", R"("users":[{"name":")" + name + "\"}]",
        R"("host":{"hostname":")" + name + "\"}",
        R"("problems":[{"source":")" + name + R"(","code":"io"}])"}) {
    const auto result = parse_one(with(field));
    ASSERT_FALSE(result) << field.substr(0, 20);
    EXPECT_THAT(result.error().message, HasSubstr("bytes")) << field.substr(0, 20);
    EXPECT_LT(result.error().message.size(), 300U);
  }
}

TEST(ParseReports, HoldsTheLimitsOfCounts) {
  ReportLimits limits;
  limits.max_reports = 1;
  limits.max_containers = 1;
  limits.max_cores = 1;
  limits.max_users = 0;
  limits.max_problems = 0;
  const auto refusal = [&](const std::string& json) {
    const auto result = parse_reports(json, limits);
    return result ? "accepted" : result.error().message;
  };
  const std::string one(kLeast);
  EXPECT_EQ(refusal("[" + one + "," + one + "]"), "expected at most 1 reports, got 2");
  EXPECT_EQ(refusal(with(R"("containers":[{"name":"a"},{"name":"b"}])")),
            "containers: expected at most 1 containers, got 2");
  EXPECT_EQ(refusal(with(R"("core_cpu_ratio":[0,0])")),
            "core_cpu_ratio: expected at most 1 CPUs, got 2");
  EXPECT_EQ(refusal(with(R"("users":[{"name":"a"}])")), "users: expected at most 0 users, got 1");
  EXPECT_EQ(refusal(with(R"("problems":[{"source":"a","code":"io"}])")),
            "problems: expected at most 0 problems, got 1");
}

TEST(ParseReports, TakesADocumentLargerThanTheSharedParser) {
  std::string padding(3 << 20, ' ');
  EXPECT_TRUE(parse_one(padding + std::string(kLeast)));
  EXPECT_TRUE(parse_one(kLeast)) << "and small ones go on after it";
}

TEST(ParseReports, FindsATwinAmongManyContainers) {
  auto report = *parse_one(kLeast);
  auto& list = report.containers.emplace();
  for (int i = 0; i < 1000; ++i) list.emplace_back().name = "c" + std::to_string(i);
  EXPECT_TRUE(parse_one(encode_report(report)));
  list[777].name = "c3";
  const auto twin = parse_one(encode_report(report));
  ASSERT_FALSE(twin);
  EXPECT_THAT(twin.error().message, HasSubstr("containers[777].name"));
}

TEST(Reply, IsReadBackAsItWasWritten) {
  const ReportReply reply{3, 1, from_unix_ms(1795158745130)};
  const auto json = encode_reply(reply);
  EXPECT_EQ(json, R"({"acknowledged": 3, "repeated": 1, "server_time_ms": 1795158745130})");
  const auto again = parse_reply(json);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->acknowledged, 3U);
  EXPECT_EQ(again->repeated, 1U);
  EXPECT_EQ(again->server_time, reply.server_time);
}

TEST(Reply, NamesWhatWasRefused) {
  ReportReply reply{3, 1, from_unix_ms(1795158745130)};
  reply.refused = 2;
  reply.refused_detail = "report 1: time_ms: expected \"now\"";
  const auto json = encode_reply(reply);
  EXPECT_EQ(json, R"({"acknowledged": 3, "repeated": 1, "refused": 2, "refused_detail": )"
                  R"("report 1: time_ms: expected \"now\"", "server_time_ms": 1795158745130})");
  const auto again = parse_reply(json);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->refused, 2U);
  EXPECT_EQ(again->refused_detail, reply.refused_detail);
  const auto more = parse_reply(
      R"({"acknowledged": 3, "repeated": 2, "refused": 2, "server_time_ms": 1795158745130})");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().message, "refused: expected a whole number from 0 to 1, got 2");
}

TEST(Reply, SaysWhatIsWrongWithAReply) {
  const auto refusal = [](std::string_view json) {
    const auto result = parse_reply(json);
    return result ? "accepted" : result.error().message;
  };
  EXPECT_THAT(refusal("<html>It works!</html>"),
              testing::AllOf(HasSubstr("not JSON"), HasSubstr("\"<html>It works!</html>\"")));
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_EQ(refusal("[1]"), "the reply: expected an object, got [1]");
  EXPECT_EQ(
      refusal(R"({"repeated":0,"server_time_ms":1})"),
      "acknowledged: expected a whole number from 0 to 9223372036854775807, but it is missing");
  EXPECT_EQ(refusal(R"({"acknowledged":-1,"repeated":0,"server_time_ms":1})"),
            "acknowledged: expected a whole number from 0 to 9223372036854775807, got -1");
  EXPECT_EQ(refusal(R"({"acknowledged":1,"repeated":2,"server_time_ms":1})"),
            "repeated: expected a whole number from 0 to 1, got 2");
  EXPECT_EQ(refusal(R"({"acknowledged":1,"repeated":0,"server_time_ms":"x"})"),
            R"(server_time_ms: expected a whole number from 0 to 253402300799999, got "x")");
  EXPECT_EQ(refusal(R"({"acknowledged":1,"repeated":0,"server_time_ms":1e300})"),
            "server_time_ms: expected a whole number from 0 to 253402300799999, got 1E300");
  EXPECT_THAT(refusal(std::string(1000, '[')), HasSubstr("not JSON"));
}

}  // namespace
}  // namespace wakeful::wire
