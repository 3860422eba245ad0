#include "agent/print.h"

#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"
#include "model/metric.h"

namespace wakeful::agent {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr std::size_t kMaxTextBytes = 300;

/// A container's name must not be able to draw on the terminal.
std::string clean(std::string_view text) {
  std::string result = shorten(text, kMaxTextBytes);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return result;
}

void line(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += fmt::format("  {:<32} {}\n", name, clean(value));
}

std::string format_value(const model::MetricValue& value) {
  switch (model::metric_info(value.metric).unit) {
    case model::Unit::ratio:
      return fmt::format("{:.2f} %", value.value * 100);
    case model::Unit::bytes:
      return fmt::format("{:.1f} MiB", value.value / kMebibyte);
    case model::Unit::seconds:
      return fmt::format("{:.0f} s", value.value);
    case model::Unit::count:
      return fmt::format("{:.0f}", value.value);
    case model::Unit::watts:
      return fmt::format("{:.1f} W", value.value);
    case model::Unit::load:
    case model::Unit::cores:
      return fmt::format("{:.2f}", value.value);
  }
  return fmt::format("{}", value.value);
}

void add_metrics(std::string& out, const std::vector<model::MetricValue>& metrics) {
  for (const auto& value : metrics) {
    line(out, model::metric_info(value.metric).name, format_value(value));
  }
}

void add_host(std::string& out, const model::Report& report) {
  out += "host\n";
  line(out, "hostname", report.facts.hostname);
  line(out, "kernel", report.facts.kernel);
  line(out, "os", report.facts.os);
  line(out, "architecture", report.facts.architecture);
  if (report.facts.cpu_count > 0) line(out, "cpu_count", std::to_string(report.facts.cpu_count));
  line(out, "boot_id", report.boot_id);
  if (report.time) line(out, "time", format_utc(*report.time));
  add_metrics(out, report.metrics);
  std::string cores;
  for (const double ratio : report.core_cpu_ratio) {
    if (!cores.empty()) cores += ' ';
    cores += std::isnan(ratio) ? "offline" : fmt::format("{:.1f}", ratio * 100);
  }
  if (!cores.empty()) out += fmt::format("  {:<32} {}\n", "core_cpu_ratio, %", cores);
  for (const auto& user : report.users) {
    line(out, "user",
         user.name + (user.terminal.empty() ? "" : " on " + user.terminal) +
             (user.remote_host.empty() ? "" : " from " + user.remote_host));
  }
}

void add_container(std::string& out, const model::Container& container) {
  out += "container " + clean(container.name) + "\n";
  line(out, "image", container.image);
  line(out, "state", model::container_state_name(container.state));
  if (container.exit_code) line(out, "exit_code", std::to_string(*container.exit_code));
  line(out, "status", container.status_text);
  add_metrics(out, container.metrics);
}

}  // namespace

std::string describe_report(const model::Report& report) {
  std::string out;
  add_host(out, report);
  if (!report.containers) {
    out += "containers: not known\n";
  } else if (report.containers->empty()) {
    out += "containers: none\n";
  } else {
    for (const auto& container : *report.containers) add_container(out, container);
  }
  for (const auto& problem : report.problems) {
    out += "problem " + clean(problem.source) + "\n";
    line(out, "code", errc_name(problem.code));
    line(out, "message", problem.message);
  }
  return out;
}

std::string describe_outcome(const UplinkOutcome& outcome) {
  std::string out;
  if (outcome.status != 0) {
    out += fmt::format("status\n{}\nanswer\n{}\n", outcome.status, outcome.answer);
  }
  if (outcome.kind != UplinkOutcome::Kind::acknowledged) {
    out += fmt::format("not acknowledged: {}\n", outcome.message);
  }
  return out;
}

}  // namespace wakeful::agent
