#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "wire/detail/json_reader.h"
#include "wire/detail/member_readers.h"
#include "wire/detail/text.h"
#include "wire/native.h"

namespace wakeful::wire {
namespace {

using detail::Json;
using detail::Path;
using detail::member::integer;
using detail::member::name;
using detail::member::text;
using model::Container;
using model::HostFacts;
using model::Report;
using model::SourceProblem;
using model::UserSession;

template <class T>
using Field = detail::Field<T, ReportLimits>;

constexpr std::int64_t kLastMs = 253'402'300'799'999;     // the end of the year 9999
constexpr std::int64_t kLongestIntervalMs = 604'800'000;  // 7 days
constexpr std::int64_t kMostCpus = 1'000'000;

template <auto member>
Result<void> time(Json value, const Path& path, const ReportLimits&, auto& out) {
  const auto ms = detail::read_integer(value, path, 0, kLastMs);
  if (!ms) return fail(ms.error());
  out.*member = from_unix_ms(*ms);
  return {};
}

/// A reader of {"metric name": number, ...}. Unknown names and nulls are left out.
template <model::EntityKind entity>
Result<void> metrics(Json value, const Path& path, const ReportLimits&, auto& out) {
  const auto object = detail::read_object(value, path);
  if (!object) return fail(object.error());
  out.metrics.reserve(std::min<std::size_t>(object->size(), 32));
  for (const auto [key, item] : *object) {
    const auto metric = model::find_metric(key);
    if (!metric || item.is_null()) continue;
    const auto& info = model::metric_info(*metric);
    const Path here{&path, info.name};
    if (info.entity != entity) {
      const auto expected = "a metric of a " + std::string(model::entity_kind_name(entity));
      const auto got = "one of a " + std::string(model::entity_kind_name(info.entity));
      return fail(detail::wrong(here, expected, got));
    }
    if (model::find_value(out.metrics, *metric)) {
      return fail(detail::wrong(here, "the key once", "it twice"));
    }
    const auto number = detail::read_number(item, here, info.minimum, info.maximum);
    if (!number) return fail(number.error());
    out.metrics.push_back({*metric, *number});
  }
  return {};
}

/// Read every item of an array of objects with one table of fields.
template <class T, std::size_t n>
Result<void> read_list(simdjson::dom::array items, const Path& path, const ReportLimits& limits,
                       const std::array<Field<T>, n>& fields, std::vector<T>& out) {
  out.reserve(items.size());
  std::size_t index = 0;
  for (const Json item : items) {
    const Path here{&path, {}, index++};
    if (auto read = detail::read_fields(item, here, limits, fields, out.emplace_back()); !read) {
      return read;
    }
  }
  return {};
}

struct AgentFields {
  Report* report;
};

Result<void> agent_version(Json value, const Path& path, const ReportLimits& limits,
                           AgentFields& out) {
  return text<&HostFacts::agent_version>(value, path, limits, out.report->facts);
}
Result<void> agent_run(Json value, const Path& path, const ReportLimits& limits, AgentFields& out) {
  return text<&Report::agent_run, 1>(value, path, limits, *out.report);
}

constexpr std::array kAgentFields = {
    Field<AgentFields>{"version", {}, agent_version},
    Field<AgentFields>{"run", "text of 1 byte or more", agent_run},
};

Result<void> agent(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  AgentFields out{&report};
  return detail::read_fields(value, path, limits, kAgentFields, out);
}

constexpr std::array kHostFields = {
    Field<HostFacts>{"hostname", {}, text<&HostFacts::hostname>},
    Field<HostFacts>{"kernel", {}, text<&HostFacts::kernel>},
    Field<HostFacts>{"os", {}, text<&HostFacts::os>},
    Field<HostFacts>{"architecture", {}, text<&HostFacts::architecture>},
    Field<HostFacts>{"cpu_count", {}, integer<&HostFacts::cpu_count, 0, kMostCpus>},
};

Result<void> host(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  return detail::read_fields(value, path, limits, kHostFields, report.facts);
}

Result<void> interval(Json value, const Path& path, const ReportLimits&, Report& report) {
  const auto ms = detail::read_integer(value, path, 1, kLongestIntervalMs);
  if (!ms) return fail(ms.error());
  report.interval = Milliseconds(*ms);
  return {};
}

Result<void> cores(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  const auto items = detail::read_array(value, path, limits.max_cores, "CPUs");
  if (!items) return fail(items.error());
  const auto& info = model::metric_info(model::Metric::core_cpu_ratio);
  report.core_cpu_ratio.reserve(items->size());
  for (const Json item : *items) {
    if (item.is_null()) {
      report.core_cpu_ratio.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const Path here{&path, {}, report.core_cpu_ratio.size()};
    const auto ratio = detail::read_number(item, here, info.minimum, info.maximum);
    if (!ratio) return fail(ratio.error());
    report.core_cpu_ratio.push_back(*ratio);
  }
  return {};
}

constexpr std::array kUserFields = {
    Field<UserSession>{"name", "text of 1 byte or more", name<&UserSession::name, 1>},
    Field<UserSession>{"terminal", {}, text<&UserSession::terminal>},
    Field<UserSession>{"remote_host", {}, text<&UserSession::remote_host>},
    Field<UserSession>{"since_ms", {}, time<&UserSession::since>},
};

Result<void> users(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  const auto items = detail::read_array(value, path, limits.max_users, "users");
  if (!items) return fail(items.error());
  return read_list(*items, path, limits, kUserFields, report.users);
}

/// A word that a newer engine may invent is unknown, not an error.
Result<void> container_state(Json value, const Path& path, const ReportLimits& limits,
                             Container& container) {
  std::string word;
  if (auto read = detail::read_text(value, path, 0, limits.max_text_bytes, word); !read) {
    return read;
  }
  container.state = model::find_container_state(word).value_or(model::ContainerState::unknown);
  return {};
}

constexpr std::int64_t kInt32Min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

constexpr std::array kContainerFields = {
    Field<Container>{"name", "text of 1 byte or more", name<&Container::name, 1>},
    Field<Container>{"id", {}, text<&Container::id>},
    Field<Container>{"engine", {}, text<&Container::engine>},
    Field<Container>{"image", {}, text<&Container::image>},
    Field<Container>{"state", {}, container_state},
    Field<Container>{"exit_code", {}, integer<&Container::exit_code, kInt32Min, kInt32Max>},
    Field<Container>{"status_text", {}, text<&Container::status_text>},
    Field<Container>{"metrics", {}, metrics<model::EntityKind::container>},
};

/// Containers are known by their names, so two of one name cannot be told apart.
Result<void> check_names(const std::vector<Container>& containers, const Path& path) {
  std::vector<std::uint32_t> order(containers.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto less = [&](std::uint32_t a, std::uint32_t b) {
    const int compared = containers[a].name.compare(containers[b].name);
    return compared != 0 ? compared < 0 : a < b;
  };
  std::ranges::sort(order, less);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const auto& twice = containers[order[i]].name;
    if (twice != containers[order[i - 1]].name) continue;
    const Path item{&path, {}, order[i]};
    return fail(detail::wrong(Path{&item, "name"},
                              "a name that no other container of the report has",
                              detail::show_text(twice)));
  }
  return {};
}

Result<void> containers(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  const auto items = detail::read_array(value, path, limits.max_containers, "containers");
  if (!items) return fail(items.error());
  auto& list = report.containers.emplace();
  if (auto read = read_list(*items, path, limits, kContainerFields, list); !read) return read;
  return check_names(list, path);
}

/// A code that a newer agent may know and we do not reads as unsupported: the message is what
/// people see.
Result<void> problem_code(Json value, const Path& path, const ReportLimits& limits,
                          SourceProblem& problem) {
  std::string word;
  if (auto read = detail::read_text(value, path, 1, limits.max_name_bytes, word); !read) {
    return read;
  }
  for (int number = 1; number <= static_cast<int>(Errc::too_large); ++number) {
    if (errc_name(Errc{number}) == word) problem.code = Errc{number};
  }
  return {};
}

constexpr std::array kProblemFields = {
    Field<SourceProblem>{"source", "text of 1 byte or more", name<&SourceProblem::source, 1>},
    Field<SourceProblem>{"code", "text of 1 byte or more", problem_code},
    Field<SourceProblem>{"message", {}, text<&SourceProblem::message>},
};

Result<void> problems(Json value, const Path& path, const ReportLimits& limits, Report& report) {
  const auto items = detail::read_array(value, path, limits.max_problems, "problems");
  if (!items) return fail(items.error());
  return read_list(*items, path, limits, kProblemFields, report.problems);
}

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

// In the order in which encode_report writes them.
constexpr std::array kReportFields = {
    Field<Report>{"agent", "an object with the key run", agent},
    Field<Report>{"boot_id", "text of 1 byte or more", text<&Report::boot_id, 1>},
    Field<Report>{"sequence", "a whole number", integer<&Report::sequence, 0, kInt64Max>},
    Field<Report>{"time_ms", "milliseconds since 1970", time<&Report::time>},
    Field<Report>{"interval_ms", {}, interval},
    Field<Report>{"host", {}, host},
    Field<Report>{"metrics", {}, metrics<model::EntityKind::host>},
    Field<Report>{"core_cpu_ratio", {}, cores},
    Field<Report>{"users", {}, users},
    Field<Report>{"containers", {}, containers},
    Field<Report>{"problems", {}, problems},
};

}  // namespace

Result<std::vector<Report>> parse_reports(std::string_view json, const ReportLimits& limits) {
  const auto document = detail::parse_json(json);
  if (!document) return fail(document.error());
  const Path root;
  std::vector<Report> reports;
  if (!document->root.is_array()) {
    if (!document->root.is_object()) {
      return fail(detail::wrong(root, "a report or an array of reports", document->root));
    }
    auto read =
        detail::read_fields(document->root, root, limits, kReportFields, reports.emplace_back());
    if (!read) return fail(std::move(read.error()));
    return reports;
  }
  const auto items = detail::read_array(document->root, root, limits.max_reports, "reports");
  if (!items) return fail(items.error());
  if (items->size() == 0) return fail(detail::wrong(root, "1 report or more", "an empty array"));
  auto read = read_list(*items, root, limits, kReportFields, reports);
  if (!read) return fail(std::move(read.error()));
  return reports;
}

}  // namespace wakeful::wire
