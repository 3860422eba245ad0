// server/monitor_receiver.h: POST /monitor_info of the old Docker/host monitor. docs/protocol.md
// §3.
//
// There is no key: the address decides, and the agent's name is the server's. What an agent means
// by its containers' CPU figures is learnt per server and kept in the registry's settings.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "model/server.h"
#include "server/exchange.h"
#include "server/networks.h"
#include "wire/monitor_info.h"

namespace wakeful::server {

/// Lives on the loop's thread.
class MonitorReceiver {
 public:
  MonitorReceiver(const ReceiverContext& context, Networks allowed)
      : context_(context), allowed_(std::move(allowed)) {}

  void handle(const ExchangePtr& exchange);
  void servers_changed(const std::unordered_set<std::int64_t>& servers);

 private:
  struct Agent {
    model::ServerId server{};
    wire::ContainerCpu cpu_meaning = wire::ContainerCpu::fraction;
    std::int64_t last_sequence = 0;
    bool clock_warned = false;
  };

  void look_up(const ExchangePtr& exchange, wire::MonitorInfo info);
  void accept(const ExchangePtr& exchange, Agent& agent, wire::MonitorInfo info);
  void learn_cpu_meaning(Agent& agent, const wire::MonitorInfo& info);
  void refuse(const ExchangePtr& exchange, int status, std::string_view reason);
  void refuse(const ExchangePtr& exchange, const Error& error);

  const ReceiverContext& context_;
  const Networks allowed_;
  std::unordered_map<std::string, Agent> agents_;  ///< by agent_id
};

/// The number under which a meaning is kept in the registry.
std::string encode_cpu_meaning(wire::ContainerCpu meaning);
/// Anything unreadable counts as nothing learnt yet.
wire::ContainerCpu decode_cpu_meaning(const std::string& text);

}  // namespace wakeful::server
