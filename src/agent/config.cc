#include "agent/config.h"

#include <algorithm>
#include <cstring>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "base/file.h"
#include "base/strings.h"

namespace wakeful::agent {
namespace {

constexpr std::string_view kDefaultDocker = "unix:/run/docker.sock";
constexpr std::string_view kOtherDocker = "unix:/var/run/docker.sock";
constexpr Milliseconds kShortestInterval{1000};
constexpr Milliseconds kLongestInterval{3'600'000};
constexpr std::size_t kMaxKeyBytes = 512;

constexpr Setting kSettings[] = {
    {"server", SettingKind::text, "",
     "Address of the Wakeful server, such as https://wakeful.example:8000"},
    {"key", SettingKind::text, "",
     "This server's key; on the command line other users can see it (ps): prefer key_file"},
    {"key_file", SettingKind::text, "", "File that holds the key; give it mode 600"},
    {"interval", SettingKind::duration, "8s", "Time between two reports, 1s to 1h"},
    {"docker", SettingKind::text, kDefaultDocker,
     "Docker Engine: unix:PATH or http://HOST:PORT; off: do not ask for containers"},
    {"ca_file", SettingKind::text, "",
     "PEM file with the CA of an https server; empty: the system's CAs"},
    {"log_level", SettingKind::text, "info", "debug, info, warning, error or off"},
    {"root", SettingKind::text, "/", "Root of /etc, /run and /var that is read"},
    {"proc_root", SettingKind::text, "/proc", "The proc file system that is read"},
    {"sys_root", SettingKind::text, "/sys", "The sys file system that is read"},
};

constexpr std::string_view kHelpTail = R"(
Every option but --once, --print and --config can also stand in the TOML file (log_level = "debug")
or in the environment (WAKEFUL_AGENT_LOG_LEVEL=debug). Command line over environment over file.
The file is the one of --config, or of WAKEFUL_AGENT_CONFIG, or of HICLOUD_CONFIG.

Examples:
  wakeful-agent --server https://wakeful.example --key-file /etc/wakeful/key
      report every 8 seconds until stopped
  wakeful-agent --server http://127.0.0.1:8000 --key-file key --once --print
      send one report and show what was read and what the server answered
  wakeful-agent --once --print
      only show what would be reported; nothing is sent

With --once, --interval tells the server when to expect the next report (cron: --interval 60s).

Exit codes:
  0  stopped by a signal; with --once: the server acknowledged the report, or there was no server
     to send it to (--once --print without --server)
  1  the settings are wrong, or the agent cannot start
  2  --once: the server refused the report (unknown key, conflict, bad request)
  3  --once: the server cannot be reached or cannot store now
)";

/// Flags as they were given. The values are checked by Settings and below.
struct Flags {
  std::map<std::string, std::string> overrides;
  std::string config_file;
  bool once = false;
  bool print = false;
  bool version = false;
};

std::string flag_name(std::string_view key) {
  std::string flag = "--" + std::string(key);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void add_options(CLI::App& app, Flags& flags) {
  for (const Setting& setting : kSettings) {
    const std::string key(setting.key);
    app.add_option_function<std::string>(
           flag_name(key), [&flags, key](const std::string& text) { flags.overrides[key] = text; },
           std::string(setting.help))
        ->type_name(setting.default_value.empty()
                        ? "TEXT"
                        : "TEXT [" + std::string(setting.default_value) + "]");
  }
  app.add_option("--config", flags.config_file, "TOML file with settings")->type_name("FILE");
  app.add_flag("--once", flags.once, "Send one report and end");
  app.add_flag("--print", flags.print, "Show what was read, the report and the server's answer");
  app.add_flag("--version", flags.version, "Show the version and end");
}

std::string describe_unknown(const std::string& argument) {
  static constexpr std::string_view kOthers[] = {"--config", "--once", "--print", "--version",
                                                 "--help"};
  if (!argument.starts_with('-')) {
    return argument + ": expected an option that starts with --, got a word";
  }
  std::vector<std::string> names;
  for (const Setting& setting : kSettings) names.push_back(flag_name(setting.key));
  names.insert(names.end(), std::begin(kOthers), std::end(kOthers));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string word = argument.substr(0, argument.find('='));
  const std::string_view near = nearest(word, views);
  return word + ": no such option" +
         (near.empty() ? "; see --help" : "; did you mean " + std::string(near) + "?");
}

/// The flags, or a text to print instead of running.
Result<std::optional<std::string>> parse_flags(const std::vector<std::string>& arguments,
                                               Flags& flags) {
  CLI::App app("Reports this machine and its containers to a Wakeful server.", "wakeful-agent");
  app.allow_extras();
  app.footer(std::string(kHelpTail));
  app.get_formatter()->column_width(30);
  add_options(app, flags);
  try {
    // CLI11 takes the arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return std::optional<std::string>(app.help());
  } catch (const CLI::ParseError& error) {
    return fail(Errc::invalid, std::string(error.what()) + "; see --help");
  }
  std::string problems;
  for (const std::string& extra : app.remaining()) {
    if (!problems.empty()) problems += '\n';
    problems += describe_unknown(extra);
  }
  if (!problems.empty()) return fail(Errc::invalid, problems);
  if (flags.version) return std::optional<std::string>("wakeful-agent " WAKEFUL_VERSION "\n");
  return std::optional<std::string>();
}

std::optional<std::filesystem::path> config_path(const Flags& flags,
                                                 const Settings::Environment& environment) {
  if (!flags.config_file.empty()) return flags.config_file;
  for (const char* variable : {"WAKEFUL_AGENT_CONFIG", "HICLOUD_CONFIG"}) {
    if (const auto path = environment(variable); path && !path->empty()) return *path;
  }
  return std::nullopt;
}

/// True if others than the owner may read the file.
bool is_open_to_others(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && (status.st_mode & 077) != 0;
}

std::string open_rights_warning(const std::filesystem::path& file) {
  return file.string() + " holds the key and other users may read it: chmod 600 " + file.string();
}

/// Collects the problems of the values, each one a line, and fills the config.
class Reader {
 public:
  Reader(const Settings& settings, AgentConfig& config, std::vector<std::string>& problems)
      : settings_(settings), config_(config), problems_(problems) {}

  void read_server() {
    const std::string url = settings_.text("server");
    config_.server_url = url;
    if (url.empty()) {
      if (config_.once && config_.print) return;
      problem("server: missing: say --server URL (or use --once --print to send nothing)");
      return;
    }
    auto endpoint = net::parse_endpoint(url);
    if (!endpoint) {
      problem("server: " + endpoint.error().message);
    } else if (endpoint->scheme == net::Endpoint::Scheme::unix_socket) {
      problem("server: expected http:// or https://, got \"" + url + "\"");
    } else {
      config_.server = std::move(*endpoint);
    }
  }

  void read_key() {
    const std::string file = settings_.text("key_file");
    std::string key = settings_.text("key");
    if (!key.empty() && !file.empty()) {
      problem("key and key_file: expected one of them, got both");
      return;
    }
    if (!file.empty()) {
      auto content = read_file(file, kMaxKeyBytes);
      if (!content) {
        problem("key_file: " + content.error().message);
        return;
      }
      key = std::string(trim(*content));
      if (is_open_to_others(file)) config_.warnings.push_back(open_rights_warning(file));
      check_key(key, "key_file: " + file);
    } else if (!key.empty()) {
      check_key(key, "key");
    } else if (!settings_.text("server").empty()) {
      problem("key: missing: say --key-file FILE (the key was shown when the server was added)");
    }
    config_.key = std::move(key);
  }

  void read_interval() {
    config_.interval = settings_.duration("interval");
    if (config_.interval < kShortestInterval || config_.interval > kLongestInterval) {
      problem("interval: expected 1s to 1h, got " + std::to_string(config_.interval.count()) +
              "ms");
    }
  }

  void read_docker() {
    const std::string url = settings_.text("docker");
    if (url == "off") return;
    auto endpoint = net::parse_endpoint(url);
    if (!endpoint) {
      problem("docker: " + endpoint.error().message + " (or say off)");
      return;
    }
    config_.docker.push_back(std::move(*endpoint));
    if (url != kDefaultDocker) return;
    if (auto other = net::parse_endpoint(kOtherDocker)) config_.docker.push_back(*other);
  }

  void read_rest() {
    config_.ca_file = settings_.text("ca_file");
    auto level = log::parse_level(settings_.text("log_level"));
    if (level) {
      config_.log_level = *level;
    } else {
      problem("log_level: " + level.error().message);
    }
    config_.roots.file_root = read_directory("root");
    config_.roots.proc_root = read_directory("proc_root");
    config_.roots.sys_root = read_directory("sys_root");
  }

 private:
  void problem(std::string line) { problems_.push_back(std::move(line)); }

  void check_key(const std::string& key, const std::string& where) {
    const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || !printable || key.size() > kMaxKeyBytes) {
      problem(where + ": expected a key such as wk_…, one word of at most " +
              std::to_string(kMaxKeyBytes) + " bytes");
    }
  }

  std::filesystem::path read_directory(std::string_view key) {
    std::filesystem::path path = settings_.text(key);
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      problem(std::string(key) + ": expected a directory, got \"" + path.string() + "\"");
    }
    return path;
  }

  const Settings& settings_;
  AgentConfig& config_;
  std::vector<std::string>& problems_;
};

void add_warnings(const Flags& flags, const Settings::Environment& environment,
                  const std::optional<std::filesystem::path>& file, AgentConfig& config) {
  const bool key_elsewhere =
      flags.overrides.contains("key") || flags.overrides.contains("key_file") ||
      environment("WAKEFUL_AGENT_KEY") || environment("WAKEFUL_AGENT_KEY_FILE");
  if (file && !key_elsewhere && !config.key.empty() && is_open_to_others(*file)) {
    config.warnings.push_back(open_rights_warning(*file));
  }
  if (config.server && config.server->scheme == net::Endpoint::Scheme::http &&
      !is_loopback(*config.server)) {
    config.warnings.push_back("the key and the report travel unencrypted to " + config.server_url +
                              ": use https:// outside a network you trust");
  }
}

}  // namespace

std::span<const Setting> agent_settings() { return kSettings; }

bool is_loopback(const net::Endpoint& endpoint) {
  return endpoint.host == "localhost" || endpoint.host == "::1" ||
         endpoint.host.starts_with("127.");
}

Result<Invocation> load_config(const std::vector<std::string>& arguments,
                               const Settings::Environment& environment) {
  Flags flags;
  auto text = parse_flags(arguments, flags);
  if (!text) return fail(std::move(text.error()));
  Invocation invocation;
  if (*text) {
    invocation.text = std::move(**text);
    return invocation;
  }
  // A flag for the key replaces a key of the other kind from a lower layer.
  if (flags.overrides.contains("key")) flags.overrides.try_emplace("key_file", "");
  if (flags.overrides.contains("key_file")) flags.overrides.try_emplace("key", "");

  const auto file = config_path(flags, environment);
  std::vector<std::string> problems;
  const Settings settings = Settings::load_valid_part(kSettings, kEnvironmentPrefix, file,
                                                      environment, flags.overrides, problems);
  AgentConfig& config = invocation.config;
  config.once = flags.once;
  config.print = flags.print;
  Reader reader(settings, config, problems);
  reader.read_server();
  reader.read_key();
  reader.read_interval();
  reader.read_docker();
  reader.read_rest();
  if (!problems.empty()) {
    std::string lines;
    for (const std::string& problem : problems) lines += (lines.empty() ? "" : "\n") + problem;
    return fail(Errc::invalid, std::move(lines));
  }
  add_warnings(flags, environment, file, config);
  return invocation;
}

void hide_key_argument(int argc, char** argv) {
  constexpr std::string_view kFlag = "--key";
  for (int i = 1; i < argc; ++i) {
    char* secret = nullptr;
    const std::string_view argument = argv[i];
    if (argument == kFlag && i + 1 < argc) {
      secret = argv[i + 1];
    } else if (argument.starts_with("--key=")) {
      secret = argv[i] + kFlag.size() + 1;
    }
    if (secret != nullptr) std::memset(secret, 'x', std::strlen(secret));
  }
}

}  // namespace wakeful::agent
