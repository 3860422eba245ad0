#include "server/monitor_receiver.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/api.h"
#include "base/log.h"
#include "wire/native.h"

namespace wakeful::server {
namespace {

std::string meaning_setting(model::ServerId server) {
  return "monitor_info.container_cpu." + std::to_string(model::to_number(server));
}

net::Response always_200(std::string body) {
  net::Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string encode_cpu_meaning(wire::ContainerCpu meaning) {
  return std::to_string(static_cast<int>(meaning));
}

wire::ContainerCpu decode_cpu_meaning(const std::string& text) {
  if (text == "1") return wire::ContainerCpu::percent_of_host;
  if (text == "2") return wire::ContainerCpu::percent_of_core;
  return wire::ContainerCpu::fraction;
}

void MonitorReceiver::handle(const ExchangePtr& exchange) {
  const net::Request& request = exchange->request;
  if (request.method != net::Method::post) {
    exchange->respond(method_not_allowed("POST"));
    return;
  }
  if (!allowed_.contains(request.remote_address)) {
    refuse(exchange, 403,
           "reports without a key are not taken from " + request.remote_address +
               "; the owner can allow it with legacy.allowed_networks");
    return;
  }
  auto info = wire::parse_monitor_info(request.body, wire::ReportLimits{});
  if (!info) {
    refuse(exchange, info.error());
    return;
  }
  const auto known = agents_.find(info->agent_id);
  if (known != agents_.end()) {
    accept(exchange, known->second, std::move(*info));
  } else {
    look_up(exchange, std::move(*info));
  }
}

/// A name we have not heard since the start: ask the registry, making the server if need be.
void MonitorReceiver::look_up(const ExchangePtr& exchange, wire::MonitorInfo info) {
  const auto shared_info = std::make_shared<wire::MonitorInfo>(std::move(info));
  const bool queued = context_.lookups.submit([this, exchange, shared_info] {
    Result<Agent> found = Agent{};
    const auto server = context_.directory.find_or_appear(
        shared_info->agent_id, model::Origin::monitor_info, context_.clock.wall_now());
    if (server) {
      found->server = *server;
      const auto meaning = context_.registry.setting(meaning_setting(*server));
      if (meaning && *meaning) found->cpu_meaning = decode_cpu_meaning(**meaning);
    } else {
      found = fail(server.error());
      if (server.error().code == Errc::invalid || server.error().code == Errc::conflict) {
        found = fail(Error(server.error()).with_context("agent_id"));
      }
    }
    context_.loop.post([this, exchange, shared_info, found] {
      if (!found) {
        refuse(exchange, found.error());
        return;
      }
      Agent& agent = agents_.try_emplace(shared_info->agent_id, *found).first->second;
      accept(exchange, agent, std::move(*shared_info));
    });
  });
  if (!queued) refuse(exchange, too_busy());
}

void MonitorReceiver::accept(const ExchangePtr& exchange, Agent& agent, wire::MonitorInfo info) {
  learn_cpu_meaning(agent, info);
  wire::set_container_cpu(info, agent.cpu_meaning);
  const WallTime received = context_.clock.wall_now();
  // Two reports of one millisecond are two reports.
  agent.last_sequence = std::max(agent.last_sequence + 1, to_unix_ms(received));

  IngestJob job;
  const bool clock_is_wrong = !wire::clock_plausible(info.report.time_text, received);
  if (clock_is_wrong) {
    job.warnings.push_back({agent.server, "clock",
                            "the agent's time is \"" + info.report.time_text +
                                "\", which is not the time here in any time zone; samples carry "
                                "the time of receipt. Set that machine's clock right (NTP)."});
  } else if (agent.clock_warned) {
    job.warnings.push_back({agent.server, "clock", {}});
  }
  agent.clock_warned = clock_is_wrong;

  store::AcceptedReport& accepted = job.reports.emplace_back();
  accepted.server = agent.server;
  accepted.key = {0, agent.last_sequence};
  accepted.time = received;
  accepted.received = received;
  accepted.report = std::move(info.report);
  job.bytes = exchange->request.body.size();
  exchange->request.body = {};
  job.done = [this, exchange](const Result<Stored>& stored) {
    if (!stored) {
      refuse(exchange, stored.error());
      return;
    }
    if (stored->refused > 0) {
      refuse(exchange, 400, kNoTime);
      return;
    }
    exchange->respond(always_200(wire::monitor_info_success()));
  };
  if (const auto queued = context_.ingest.submit(std::move(job)); !queued) {
    refuse(exchange, queued.error());
  }
}

void MonitorReceiver::learn_cpu_meaning(Agent& agent, const wire::MonitorInfo& info) {
  const auto meaning = wire::read_container_cpu(info, agent.cpu_meaning);
  if (meaning == agent.cpu_meaning) return;
  agent.cpu_meaning = meaning;
  const model::ServerId server = agent.server;
  const bool queued = context_.lookups.submit([this, server, meaning] {
    const auto kept =
        context_.registry.set_setting(meaning_setting(server), encode_cpu_meaning(meaning));
    if (!kept) {
      log::warning("server", "what an agent means by container CPU could not be kept",
                   {{"server", model::to_number(server)}, {"reason", kept.error()}});
    }
  });
  if (!queued) log::warning("server", "what an agent means by container CPU could not be kept");
}

void MonitorReceiver::refuse(const ExchangePtr& exchange, int status, std::string_view reason) {
  context_.refusals.add(exchange->request, status, reason);
  exchange->respond(always_200(wire::monitor_info_failure(reason)));
}

void MonitorReceiver::refuse(const ExchangePtr& exchange, const Error& error) {
  refuse(exchange, api::http_status(error.code), error.message);
}

void MonitorReceiver::servers_changed(const std::unordered_set<std::int64_t>& servers) {
  std::erase_if(agents_, [&](const auto& entry) {
    return !servers.contains(model::to_number(entry.second.server));
  });
}

}  // namespace wakeful::server
