#include "api/server_json.h"

#include <algorithm>
#include <cstddef>

namespace wakeful::api {
namespace {

constexpr std::size_t kServersPerTurn = 200;

void write_metrics(JsonWriter& json, std::span<const model::MetricValue> metrics) {
  json.key("metrics").object();
  for (const auto& [metric, value] : metrics) {
    json.key(model::metric_info(metric).name).number(value);
  }
  json.end_object();
}

void write_container_counts(JsonWriter& json, const model::Report& report) {
  std::optional<std::int64_t> running;
  std::optional<std::int64_t> total;
  if (report.containers) {
    running = std::ranges::count(*report.containers, model::ContainerState::running,
                                 &model::Container::state);
    total = static_cast<std::int64_t>(report.containers->size());
  }
  json.key("containers_running").integer_or_null(running);
  json.key("containers_total").integer_or_null(total);
}

void write_notes(JsonWriter& json, const fleet::ServerView& view) {
  json.key("warnings").array();
  for (const auto& warning : view.warnings) {
    json.object().key("kind").text(warning.kind).key("message").text(warning.message).end_object();
  }
  json.end_array();
  json.key("problems").array();
  for (const auto& problem : view.report.problems) {
    json.object().key("source").text(problem.source).key("code").text(errc_name(problem.code));
    json.key("message").text(problem.message).end_object();
  }
  json.end_array();
}

// The fields of a Summary, within an open object.
void write_summary_fields(JsonWriter& json, const fleet::ServerView& view) {
  json.key("id").integer(model::to_number(view.server.id));
  json.key("name").text(view.server.name);
  json.key("state").text(model::server_state_name(view.state));
  json.key("state_since_ms").time_or_null(view.state_since);
  json.key("last_report_ms").time_or_null(view.last_report);
  json.key("origin").text(model::origin_name(view.server.origin));
  json.key("interval_ms").integer(view.interval.count());
  write_metrics(json, view.report.metrics);
  json.key("cpu_history").array();
  for (const double value : view.cpu_history) json.number(value);
  json.end_array();
  write_container_counts(json, view.report);
  write_notes(json, view);
}

void write_facts(JsonWriter& json, const model::Report& report) {
  const auto& facts = report.facts;
  json.key("facts").object();
  json.key("hostname").text_or_null(facts.hostname);
  json.key("kernel").text_or_null(facts.kernel);
  json.key("os").text_or_null(facts.os);
  json.key("architecture").text_or_null(facts.architecture);
  json.key("cpu_count")
      .integer_or_null(facts.cpu_count == 0 ? std::nullopt
                                            : std::optional<std::int64_t>(facts.cpu_count));
  json.key("agent_version").text_or_null(facts.agent_version);
  json.key("boot_id").text_or_null(report.boot_id);
  json.end_object();
}

void write_users(JsonWriter& json, const model::Report& report) {
  json.key("users").array();
  for (const auto& user : report.users) {
    json.object().key("name").text(user.name).key("terminal").text_or_null(user.terminal);
    json.key("remote_host").text_or_null(user.remote_host);
    json.key("since_ms").time_or_null(user.since).end_object();
  }
  json.end_array();
}

void write_container(JsonWriter& json, const model::Container& container) {
  json.object();
  json.key("name").text(container.name).key("id").text_or_null(container.id);
  json.key("engine").text_or_null(container.engine).key("image").text_or_null(container.image);
  json.key("state").text(model::container_state_name(container.state));
  json.key("status_text").text_or_null(container.status_text);
  json.key("exit_code").integer_or_null(container.exit_code);
  write_metrics(json, container.metrics);
  json.end_object();
}

void write_containers(JsonWriter& json, const model::Report& report) {
  json.key("containers");
  if (!report.containers) {
    json.null();
    return;
  }
  json.array();
  for (const auto& container : *report.containers) write_container(json, container);
  json.end_array();
}

}  // namespace

void write_summary(JsonWriter& json, const fleet::ServerView& view) {
  json.object();
  write_summary_fields(json, view);
  json.end_object();
}

std::string encode_detail(const fleet::ServerView& view) {
  JsonWriter json;
  json.object();
  write_summary_fields(json, view);
  write_facts(json, view.report);
  write_users(json, view.report);
  write_containers(json, view.report);
  json.key("core_cpu_ratio").array();
  for (const double value : view.report.core_cpu_ratio) json.number(value);
  json.end_array();
  return json.end_object().take();
}

std::string encode_servers(std::span<const fleet::ServerView* const> views, WallTime now) {
  JsonWriter json;
  json.object().key("servers").array();
  for (const auto* view : views) write_summary(json, *view);
  json.end_array().key("server_time_ms").integer(to_unix_ms(now));
  return json.end_object().take();
}

std::string encode_all_servers(Guarded<fleet::Fleet>& fleet, WallTime now) {
  std::vector<model::ServerId> ids;
  {
    auto locked = fleet.lock();
    for (const auto* view : locked->views()) ids.push_back(view->server.id);
  }
  JsonWriter json;
  json.object().key("servers").array();
  for (std::size_t at = 0; at < ids.size(); at += kServersPerTurn) {
    const auto turn = std::span(ids).subspan(at, std::min(kServersPerTurn, ids.size() - at));
    auto locked = fleet.lock();
    for (const auto id : turn) {
      if (const auto* view = locked->find(id)) write_summary(json, *view);
    }
  }
  json.end_array().key("server_time_ms").integer(to_unix_ms(now));
  return json.end_object().take();
}

}  // namespace wakeful::api
