#include "server/config.h"

#include <cstdlib>
#include <limits>

#include "base/strings.h"

namespace wakeful::server {
namespace {

constexpr Setting kSettings[] = {
    {"data", SettingKind::text, "/var/lib/wakeful",
     "Folder of everything that is stored; made when absent"},
    {"listen", SettingKind::text, "127.0.0.1:8000",
     "Address and port to serve at; 0.0.0.0:8000 or [::]:8000 for all addresses; port 0 picks one"},
    {"store", SettingKind::text,
     "sqlite:", "Where data is stored; sqlite: is the embedded store in the data folder"},
    {"store_memory", SettingKind::size_bytes, "512MiB",
     "Memory for reports that are not packed yet; where packing falls behind, reports are refused "
     "at "
     "four times as much"},
    {"public_url", SettingKind::text, "",
     "Address under which people reach the server, such as https://wakeful.example; used in links; "
     "https makes cookies secure"},
    {"log_level", SettingKind::text, "info", "debug, info, warning, error or off"},
    {"legacy.allowed_networks", SettingKind::text_list, "127.0.0.0/8,::1/128",
     "Addresses from which POST /monitor_info is taken, which knows no keys"},
    {"limits.max_body_bytes", SettingKind::size_bytes, "16MiB",
     "Longest request body, also after decompression"},
    {"limits.max_connections", SettingKind::integer, "20000", "Connections at the same time"},
    {"limits.header_timeout", SettingKind::duration, "10s",
     "Time a client has for the headers of a request"},
    {"limits.body_timeout", SettingKind::duration, "60s",
     "Time a client has for the body of a request"},
    {"limits.idle_timeout", SettingKind::duration, "2m",
     "Time after which a connection without requests is closed"},
    {"limits.stop_timeout", SettingKind::duration, "10s",
     "Time that running requests get when the server is stopped"},
    {"silence.missed_intervals", SettingKind::integer, "3",
     "Reports a server must miss before it counts as off"},
    {"silence.minimum", SettingKind::duration, "15s",
     "No server counts as off before so much silence"},
    {"retention.raw", SettingKind::duration, "30d",
     "How long samples are kept as they came, and how old a report may be to be taken"},
    {"retention.minutes", SettingKind::duration, "366d",
     "How long the summary of each minute is kept"},
    {"retention.hours", SettingKind::duration, "3653d",
     "How long the summary of each hour is kept"},
    {"retention.max_store_size", SettingKind::size_bytes, "0",
     "Most that all samples together take on disk, such as 20GiB: beyond it the oldest go before "
     "their time; 0 for no limit"},
    {"session.idle", SettingKind::duration, "14d", "A login ends after so long without use"},
    {"session.lifetime", SettingKind::duration, "90d", "A login ends after so long in any case"},
};

/// Collects the problems of the values, each one a line, and fills the config.
class Reader {
 public:
  Reader(const Settings& settings, ServerConfig& config, std::vector<std::string>& problems)
      : settings_(settings), config_(config), problems_(problems) {}

  void read_all() {
    config_.data = settings_.text("data");
    if (config_.data.empty()) problem("data: expected a folder, got nothing");
    config_.store = settings_.text("store");
    config_.store_memory =
        static_cast<std::size_t>(in_range("store_memory", settings_.size_bytes("store_memory"),
                                          1 << 20, std::int64_t{1} << 40, " bytes"));
    take("listen", parse_listen(settings_.text("listen")), config_.listen);
    take("log_level", log::parse_level(settings_.text("log_level")), config_.log_level);
    read_public_url();
    read_networks();
    read_limits();
    read_periods();
  }

 private:
  void problem(std::string line) { problems_.push_back(std::move(line)); }

  template <class T>
  void take(std::string_view key, Result<T> value, T& into) {
    if (value) {
      into = std::move(*value);
    } else {
      problem(std::string(key) + ": " + value.error().message);
    }
  }

  std::int64_t integer(std::string_view key, std::int64_t minimum, std::int64_t maximum) {
    return in_range(key, settings_.integer(key), minimum, maximum, "");
  }

  Milliseconds duration(std::string_view key, Milliseconds minimum) {
    const auto longest = std::chrono::duration_cast<Milliseconds>(std::chrono::hours(24 * 36'525));
    return Milliseconds(
        in_range(key, settings_.duration(key).count(), minimum.count(), longest.count(), " ms"));
  }

  std::int64_t in_range(std::string_view key, std::int64_t value, std::int64_t minimum,
                        std::int64_t maximum, std::string_view unit) {
    if (value < minimum || value > maximum) {
      problem(std::string(key) + ": expected " + std::to_string(minimum) + " to " +
              std::to_string(maximum) + std::string(unit) + ", got " + std::to_string(value) +
              std::string(unit));
    }
    return value;
  }

  void read_public_url() {
    std::string url = settings_.text("public_url");
    while (url.ends_with('/')) url.pop_back();
    const bool good = url.empty() || ((url.starts_with("http://") || url.starts_with("https://")) &&
                                      !url.ends_with("//") && url.find(' ') == std::string::npos);
    if (!good) {
      problem("public_url: expected http://… or https://…, got \"" +
              shorten(settings_.text("public_url"), 100) + "\"");
    }
    config_.public_url = std::move(url);
  }

  void read_networks() {
    std::vector<Network> networks;
    for (const std::string& text : settings_.text_list("legacy.allowed_networks")) {
      if (const auto network = parse_network(text)) {
        networks.push_back(*network);
      } else {
        problem("legacy.allowed_networks: " + network.error().message);
      }
    }
    config_.keyless_networks = Networks(std::move(networks));
  }

  void read_limits() {
    config_.max_body_bytes = static_cast<std::size_t>(
        in_range("limits.max_body_bytes", settings_.size_bytes("limits.max_body_bytes"), 1 << 10,
                 1 << 30, " bytes"));
    config_.max_connections =
        static_cast<std::size_t>(integer("limits.max_connections", 1, 1'000'000));
    config_.header_timeout = duration("limits.header_timeout", Milliseconds(100));
    config_.body_timeout = duration("limits.body_timeout", Milliseconds(100));
    config_.idle_timeout = duration("limits.idle_timeout", Milliseconds(100));
    config_.stop_timeout = duration("limits.stop_timeout", Milliseconds(0));
  }

  void read_periods() {
    config_.silence.missed_intervals =
        static_cast<int>(integer("silence.missed_intervals", 1, 1000));
    config_.silence.minimum = duration("silence.minimum", Milliseconds(1000));
    read_retention();
    config_.session_idle = duration("session.idle", std::chrono::minutes(1));
    config_.session_lifetime = duration("session.lifetime", std::chrono::minutes(1));
  }

  void read_retention() {
    auto& retention = config_.retention;
    retention.raw = duration("retention.raw", std::chrono::hours(1));
    retention.minutes = duration("retention.minutes", std::chrono::hours(1));
    retention.hours = duration("retention.hours", std::chrono::hours(1));
    // Less than this would hold nothing but the newest day of a small fleet.
    constexpr std::int64_t kLeast = 16 << 20;
    constexpr std::string_view kSize = "retention.max_store_size";
    const auto size = settings_.size_bytes(kSize);
    if (size != 0)
      in_range(kSize, size, kLeast, std::numeric_limits<std::int64_t>::max(), " bytes");
    retention.max_bytes = static_cast<std::uint64_t>(size);
  }

  const Settings& settings_;
  ServerConfig& config_;
  std::vector<std::string>& problems_;
};

/// The first of these variables that is set and not empty.
std::optional<std::string> first_set(const Settings::Environment& environment,
                                     std::initializer_list<const char*> names) {
  for (const char* name : names) {
    auto value = environment(name);
    if (value && !value->empty()) return value;
  }
  return std::nullopt;
}

}  // namespace

std::span<const Setting> server_settings() { return kSettings; }

Result<ServerConfig> load_config(const std::optional<std::filesystem::path>& config_file,
                                 const Settings::Environment& environment,
                                 const std::map<std::string, std::string>& overrides) {
  std::optional<std::filesystem::path> file = config_file;
  if (!file) {
    if (const auto named = first_set(environment, {"WAKEFUL_CONFIG", "SERVER_CONFIG"})) {
      file = *named;
    }
  }
  const auto with_old_names = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "WAKEFUL_DATA") return first_set(environment, {"WAKEFUL_DATA", "SERVER_HOME"});
    return environment(name);
  };
  std::vector<std::string> problems;
  const Settings settings = Settings::load_valid_part(kSettings, kEnvironmentPrefix, file,
                                                      with_old_names, overrides, problems);
  ServerConfig config;
  Reader(settings, config, problems).read_all();
  if (problems.empty()) return config;
  std::string lines;
  for (const std::string& problem : problems) lines += (lines.empty() ? "" : "\n") + problem;
  return fail(Errc::invalid, std::move(lines));
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto wrong = [&] {
    return fail(Errc::invalid,
                "expected ADDRESS:PORT such as 127.0.0.1:8000, 0.0.0.0:8000 or [::1]:8000, got \"" +
                    shorten(text, 100) + "\"");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return wrong();
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  const bool is_v6 = host.find(':') != std::string_view::npos;
  if (is_v6 != bracketed || !parse_address(host)) return wrong();
  return ListenAddress{std::string(host), *port};
}

std::string http_url(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace wakeful::server
