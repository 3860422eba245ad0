// server/config.h: the settings of `wakeful serve`: command line over environment over TOML file.
//
// The result holds valid values only; whatever is wrong is listed at once. The same table gives the
// environment variables (WAKEFUL_LISTEN…) and docs/configuration.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/settings.h"
#include "fleet/fleet.h"
#include "server/networks.h"
#include "store/samples.h"

namespace wakeful::server {

struct ListenAddress {
  std::string host;  ///< an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 0;
};

struct ServerConfig {
  std::filesystem::path data;
  std::string store;
  std::size_t store_memory = 0;
  ListenAddress listen;
  std::string public_url;  ///< without a slash at the end; empty: not said
  log::Level log_level = log::Level::info;
  Networks keyless_networks;
  std::size_t max_body_bytes = 0;
  std::size_t max_connections = 0;
  Milliseconds header_timeout{};
  Milliseconds body_timeout{};
  Milliseconds idle_timeout{};
  Milliseconds stop_timeout{};
  fleet::SilenceRule silence;
  store::Retention retention;
  Milliseconds session_idle{};
  Milliseconds session_lifetime{};
};

inline constexpr std::string_view kEnvironmentPrefix = "WAKEFUL";

/// The table behind it all.
std::span<const Setting> server_settings();

/// Read all layers. The environment may name the file (WAKEFUL_CONFIG, or SERVER_CONFIG as the old
/// server had it) and the data folder (WAKEFUL_DATA, or SERVER_HOME).
/// config_file  from the command line
/// overrides    key -> text from the command line
/// errors       invalid: every problem, one a line, with file:line, variable or flag
Result<ServerConfig> load_config(const std::optional<std::filesystem::path>& config_file,
                                 const Settings::Environment& environment,
                                 const std::map<std::string, std::string>& overrides);

/// "127.0.0.1:8000", "[::1]:8000", ":8000" (all addresses), "localhost:8000".
/// errors  invalid
Result<ListenAddress> parse_listen(std::string_view text);

/// "http://127.0.0.1:8000", "http://[::1]:8000".
std::string http_url(const std::string& host, std::uint16_t port);

/// The environment of this process.
std::optional<std::string> process_environment(const std::string& name);

}  // namespace wakeful::server
