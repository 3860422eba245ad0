#include "wire/monitor_info.h"

#include <algorithm>
#include <unordered_set>

#include "model/server.h"
#include "wire/detail/json_reader.h"
#include "wire/detail/member_readers.h"
#include "wire/detail/text.h"

namespace wakeful::wire {
namespace {

using detail::Json;
using detail::Path;
using detail::member::integer;
using detail::member::name;
using detail::member::text;
using model::Container;
using model::ContainerState;
using model::Metric;

constexpr double kMib = 1024.0 * 1024.0;
constexpr std::int64_t kMostMib = 900'000'000;  // under the catalogue's 1e15 bytes
constexpr double kMostOfLimitPercent = 10'000;
constexpr double kMostCpuPercent = 1e8;  // of one core, on the largest host we take
constexpr std::int64_t kMostCpus = 1'000'000;

/// The body as it stands there, before it becomes a report.
struct ContainerBody {
  std::string engine_type, agent_id, node_name, container_name, status, datetime;
  double cpu_percent = 0, memory_mib = 0, memory_percent = 0;
};
struct HostBody {
  std::string engine_type, agent_id, datetime;
  std::int64_t cpu_count = 0, memory_total_mib = 0, memory_used_mib = 0;
  double cpu_percent = 0, memory_percent = 0;
  std::vector<ContainerBody> containers;
  bool has_containers = false;
};

template <class T>
using Field = detail::Field<T, ReportLimits>;

/// maximum points to a constant: C++20 compilers differ on floating-point template parameters.
template <auto member, const double* maximum>
Result<void> number(Json value, const Path& path, const ReportLimits&, auto& out) {
  const auto read = detail::read_number(value, path, 0, *maximum);
  if (!read) return fail(read.error());
  out.*member = *read;
  return {};
}

constexpr double kHundred = 100;
constexpr double kMostMibNumber = kMostMib;
constexpr std::string_view kText = "text";
constexpr std::string_view kNumber = "a number";
constexpr std::string_view kWhole = "a whole number";

using C = ContainerBody;
constexpr std::array kContainerFields = {
    Field<C>{"engine_type", kText, name<&C::engine_type, 0>},
    Field<C>{"agent_id", kText, name<&C::agent_id, 0>},
    Field<C>{"node_name", kText, name<&C::node_name, 0>},
    Field<C>{"container_name", kText, name<&C::container_name, 1>},
    Field<C>{"status", kText, name<&C::status, 0>},
    Field<C>{"con_get_datetime", kText, text<&C::datetime, 0>},
    Field<C>{"con_cpu_percent", kNumber, number<&C::cpu_percent, &kMostCpuPercent>},
    Field<C>{"con_memory_usage", kNumber, number<&C::memory_mib, &kMostMibNumber>},
    Field<C>{"con_memory_percent", kNumber, number<&C::memory_percent, &kMostOfLimitPercent>},
};

Result<void> containers(Json value, const Path& path, const ReportLimits& limits, HostBody& body) {
  const auto items = detail::read_array(value, path, limits.max_containers, "containers");
  if (!items) return fail(items.error());
  body.has_containers = true;
  body.containers.reserve(items->size());
  std::unordered_set<std::string_view> names;
  for (const Json item : *items) {
    const Path here{&path, {}, body.containers.size()};
    auto& one = body.containers.emplace_back();
    if (auto read = detail::read_fields(item, here, limits, kContainerFields, one); !read) {
      return read;
    }
    if (!names.insert(one.container_name).second) {
      return fail(detail::wrong(Path{&here, "container_name"},
                                "a name that no other container of the report has",
                                detail::show_text(one.container_name)));
    }
  }
  return {};
}

using H = HostBody;
constexpr std::array kHostFields = {
    Field<H>{"engine_type", kText, name<&H::engine_type, 0>},
    Field<H>{"agent_id", kText, name<&H::agent_id, 0>},
    Field<H>{"ser_cpu_count", kWhole, integer<&H::cpu_count, 1, kMostCpus>},
    Field<H>{"ser_cpu_percent", kNumber, number<&H::cpu_percent, &kHundred>},
    Field<H>{"ser_memory_total", kWhole, integer<&H::memory_total_mib, 0, kMostMib>},
    Field<H>{"ser_memory_used", kWhole, integer<&H::memory_used_mib, 0, kMostMib>},
    Field<H>{"ser_memory_percent", kNumber, number<&H::memory_percent, &kHundred>},
    Field<H>{"ser_get_datetime", kText, text<&H::datetime, 1>},
    Field<H>{"container_stats", {}, containers},
};

/// The agent's id becomes the server's name, so that it must be one.
Result<std::string> server_name(const std::string& agent_id) {
  auto name = model::check_server_name(agent_id);
  if (name) return name;
  std::string_view reason = name.error().message;
  constexpr std::string_view kPrefix = "name: ";
  if (reason.starts_with(kPrefix)) reason.remove_prefix(kPrefix.size());
  return fail(Errc::invalid, "agent_id: " + std::string(reason));
}

Container to_container(ContainerBody&& body) {
  Container out;
  out.name = std::move(body.container_name);
  out.engine = std::move(body.engine_type);
  out.node_name = std::move(body.node_name);
  out.state = model::find_container_state(body.status).value_or(ContainerState::unknown);
  out.status_text = std::move(body.status);
  if (out.state == ContainerState::running) {
    out.metrics.push_back({Metric::container_memory_used_bytes, body.memory_mib * kMib});
    out.metrics.push_back({Metric::container_memory_used_ratio, body.memory_percent / 100});
  }
  return out;
}

bool is_running(const Container& container) { return container.state == ContainerState::running; }

double as_ratio(double sent, ContainerCpu meaning, std::int64_t cpu_count) {
  switch (meaning) {
    case ContainerCpu::fraction:
      return sent;
    case ContainerCpu::percent_of_host:
      return sent / 100;
    case ContainerCpu::percent_of_core:
      return sent / 100 / static_cast<double>(std::max<std::int64_t>(cpu_count, 1));
  }
  return sent;
}

std::string answer(std::string_view data, std::string_view code, std::string_view message,
                   bool success) {
  std::string out = "{\"data\": ";
  out.append(data).append(", \"pageInfo\": {}, \"resultCode\": \"").append(code);
  out += "\", \"resultMessage\": ";
  detail::append_json_text(out, message);
  return out += success ? ", \"success\": true}" : ", \"success\": false}";
}

}  // namespace

Result<MonitorInfo> parse_monitor_info(std::string_view json, const ReportLimits& limits) {
  const auto document = detail::parse_json(json);
  if (!document) return fail(document.error());
  HostBody body;
  const auto read = detail::read_fields(document->root, Path{}, limits, kHostFields, body);
  if (!read) return fail(read.error());
  auto name = server_name(body.agent_id);
  if (!name) return fail(std::move(name.error()));

  MonitorInfo out;
  out.agent_id = std::move(*name);
  out.host_cpu_ratio = body.cpu_percent / 100;
  auto& report = out.report;
  report.origin = model::Origin::monitor_info;
  report.time_text = std::move(body.datetime);
  report.facts.cpu_count = body.cpu_count;
  report.metrics = {
      {Metric::host_cpu_ratio, out.host_cpu_ratio},
      {Metric::host_memory_total_bytes, static_cast<double>(body.memory_total_mib) * kMib},
      {Metric::host_memory_used_bytes, static_cast<double>(body.memory_used_mib) * kMib},
  };
  if (!body.has_containers) return out;
  auto& list = report.containers.emplace();
  list.reserve(body.containers.size());
  for (auto& container : body.containers) {
    out.container_cpu_as_sent.push_back(container.cpu_percent);
    list.push_back(to_container(std::move(container)));
  }
  return out;
}

ContainerCpu read_container_cpu(const MonitorInfo& info, ContainerCpu so_far) {
  constexpr double kTolerance = 0.05;
  if (!info.report.containers) return so_far;
  double sent = 0;
  for (std::size_t i = 0; i < info.container_cpu_as_sent.size(); ++i) {
    if (is_running((*info.report.containers)[i])) sent += info.container_cpu_as_sent[i];
  }
  for (const auto meaning : {ContainerCpu::fraction, ContainerCpu::percent_of_host}) {
    if (meaning < so_far) continue;
    const auto together = as_ratio(sent, meaning, info.report.facts.cpu_count);
    if (together <= info.host_cpu_ratio + kTolerance) return meaning;
  }
  return ContainerCpu::percent_of_core;
}

void set_container_cpu(MonitorInfo& info, ContainerCpu meaning) {
  if (!info.report.containers) return;
  for (std::size_t i = 0; i < info.container_cpu_as_sent.size(); ++i) {
    auto& container = (*info.report.containers)[i];
    if (!is_running(container)) continue;
    const auto ratio =
        as_ratio(info.container_cpu_as_sent[i], meaning, info.report.facts.cpu_count);
    std::erase_if(container.metrics,
                  [](const auto& value) { return value.metric == Metric::container_cpu_ratio; });
    container.metrics.insert(container.metrics.begin(),
                             {Metric::container_cpu_ratio, std::min(ratio, 1.0)});
  }
}

std::string monitor_info_success() { return answer("\"\"", "0", "Success", true); }

std::string monitor_info_failure(std::string_view reason) {
  return answer("null", "99", reason, false);
}

}  // namespace wakeful::wire
