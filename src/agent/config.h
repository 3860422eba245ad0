// agent/config.h: the agent's settings: command line over environment over TOML file.
//
// The result holds valid values only; whatever is wrong is listed at once. One table gives --help and
// the environment variables (WAKEFUL_AGENT_INTERVAL…).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/settings.h"
#include "collect/collector.h"
#include "net/http_client.h"

namespace wakeful::agent {

struct AgentConfig {
  std::optional<net::Endpoint> server;  ///< nullopt only with once and print: nothing is sent
  std::string server_url;               ///< as it was written, for messages
  std::string key;
  Milliseconds interval{8000};
  bool once = false;
  bool print = false;
  /// Where the engine may be, tried in this order; empty: containers are not asked for.
  std::vector<net::Endpoint> docker;
  std::string ca_file;
  log::Level log_level = log::Level::info;
  /// Its clock is set by run_agent.
  collect::Context roots;
  /// Things to tell the owner that do not keep the agent from running.
  std::vector<std::string> warnings;
};

/// What the command line asked for: a run, or a text for standard output (--help, --version).
struct Invocation {
  AgentConfig config;
  std::optional<std::string> text;
};

/// The agent's settings with their defaults.
std::span<const Setting> agent_settings();
inline constexpr std::string_view kEnvironmentPrefix = "WAKEFUL_AGENT";

/// Read arguments (without the program's name), environment and file.
/// errors  invalid: every problem, one a line, each with the flag, variable or file:line
Result<Invocation> load_config(const std::vector<std::string>& arguments,
                               const Settings::Environment& environment);

/// Overwrite the value of --key in argv, so that ps does not show it any longer than it must.
void hide_key_argument(int argc, char** argv);

/// True for an address of this machine, where a key may travel without TLS.
bool is_loopback(const net::Endpoint& endpoint);

}  // namespace wakeful::agent
