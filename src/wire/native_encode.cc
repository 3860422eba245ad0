#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "wire/detail/text.h"
#include "wire/native.h"

namespace wakeful::wire {
namespace {

using detail::append_json_integer;
using detail::append_json_number;
using detail::append_json_text;

/// Writes "key": before a value, with the comma where one belongs.
void key(std::string& out, std::string_view name) {
  if (out.back() != '{' && out.back() != '[') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

void comma(std::string& out) {
  if (out.back() != '[') out += ',';
}

/// Cuts what the server would refuse: one long text must not cost the whole report.
void text(std::string& out, std::string_view name, const std::string& value, std::size_t limit) {
  if (value.empty()) return;
  key(out, name);
  // Mending makes a text longer: at most three times.
  if (value.size() <= limit / 3 || (value.size() <= limit && is_utf8(value))) {
    append_json_text(out, value);
    return;
  }
  const auto mended = detail::mend_utf8(value);
  // The mark of a cut takes 3 bytes.
  append_json_text(out, mended.size() <= limit ? mended : shorten(mended, limit - 3));
}

constexpr ReportLimits kLimits;
void text(std::string& out, std::string_view name, const std::string& value) {
  text(out, name, value, kLimits.max_text_bytes);
}

void integer(std::string& out, std::string_view name, std::int64_t value) {
  key(out, name);
  append_json_integer(out, value);
}

void metrics(std::string& out, const std::vector<model::MetricValue>& values) {
  if (values.empty()) return;
  key(out, "metrics");
  out += '{';
  for (const auto& value : values) {
    if (!std::isfinite(value.value)) continue;  // not measured: absent
    key(out, model::metric_info(value.metric).name);
    append_json_number(out, value.value);
  }
  out += '}';
}

void host(std::string& out, const model::HostFacts& facts) {
  key(out, "host");
  out += '{';
  text(out, "hostname", facts.hostname);
  text(out, "kernel", facts.kernel);
  text(out, "os", facts.os);
  text(out, "architecture", facts.architecture);
  if (facts.cpu_count != 0) integer(out, "cpu_count", facts.cpu_count);
  out += '}';
}

void cores(std::string& out, const std::vector<double>& ratios) {
  if (ratios.empty()) return;
  key(out, "core_cpu_ratio");
  out += '[';
  for (const double ratio : ratios) {
    comma(out);
    append_json_number(out, ratio);
  }
  out += ']';
}

void user(std::string& out, const model::UserSession& session) {
  out += '{';
  text(out, "name", session.name, kLimits.max_name_bytes);
  text(out, "terminal", session.terminal);
  text(out, "remote_host", session.remote_host);
  if (session.since) integer(out, "since_ms", to_unix_ms(*session.since));
  out += '}';
}

void container(std::string& out, const model::Container& one) {
  out += '{';
  text(out, "name", one.name, kLimits.max_name_bytes);
  text(out, "id", one.id);
  text(out, "engine", one.engine);
  text(out, "image", one.image);
  key(out, "state");
  append_json_text(out, model::container_state_name(one.state));
  if (one.exit_code) integer(out, "exit_code", *one.exit_code);
  text(out, "status_text", one.status_text);
  metrics(out, one.metrics);
  out += '}';
}

void problem(std::string& out, const model::SourceProblem& one) {
  out += '{';
  text(out, "source", one.source, kLimits.max_name_bytes);
  key(out, "code");
  append_json_text(out, errc_name(one.code));
  text(out, "message", one.message);
  out += '}';
}

template <class T>
void list(std::string& out, std::string_view name, const std::vector<T>& items,
          void (*write)(std::string&, const T&)) {
  key(out, name);
  out += '[';
  for (const T& item : items) {
    comma(out);
    write(out, item);
  }
  out += ']';
}

void append_report(std::string& out, const model::Report& report) {
  out += "{\"agent\":{";
  text(out, "version", report.facts.agent_version);
  text(out, "run", report.agent_run);
  out += '}';
  text(out, "boot_id", report.boot_id);
  key(out, "sequence");
  append_json_integer(out, report.sequence);
  if (report.time) integer(out, "time_ms", to_unix_ms(*report.time));
  if (report.interval) integer(out, "interval_ms", report.interval->count());
  host(out, report.facts);
  metrics(out, report.metrics);
  cores(out, report.core_cpu_ratio);
  if (!report.users.empty()) list(out, "users", report.users, user);
  if (report.containers) list(out, "containers", *report.containers, container);
  if (!report.problems.empty()) list(out, "problems", report.problems, problem);
  out += '}';
}

/// About what a report takes, so that writing it does not move it.
std::size_t expected_bytes(const model::Report& report) {
  return 768 + report.core_cpu_ratio.size() * 8 + report.users.size() * 96 +
         (report.containers ? report.containers->size() * 384 : 0) + report.problems.size() * 192;
}

}  // namespace

std::string encode_report(const model::Report& report) {
  std::string out;
  out.reserve(expected_bytes(report));
  append_report(out, report);
  return out;
}

std::string encode_reports(const std::vector<model::Report>& reports) {
  std::string out = "[";
  for (const auto& report : reports) {
    comma(out);
    append_report(out, report);
  }
  return out += ']';
}

}  // namespace wakeful::wire
