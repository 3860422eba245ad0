// `wakeful demo`: a real server with simulated machines, for trials and to look around.
//
// It talks to nothing but itself, and reads neither the environment nor WAKEFUL_CONFIG, so that it
// cannot get at the data of a server that is installed here.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>
#include <system_error>

#include "base/log.h"
#include "cli/command.h"
#include "cli/demo_feeder.h"
#include "cli/demo_fleet.h"
#include "server/config.h"
#include "server/server.h"

namespace wakeful::cli {
namespace {

constexpr std::size_t kMaxServers = 1'000'000;

/// The folder of a demo that keeps nothing; it goes with this object.
class TemporaryFolder {
 public:
  static Result<std::unique_ptr<TemporaryFolder>> make() {
    std::error_code error;
    const auto base = std::filesystem::temp_directory_path(error);
    auto pattern = (base / "wakeful-demo-XXXXXX").string();
    if (error || ::mkdtemp(pattern.data()) == nullptr) {
      return fail(Errc::io, "cannot make a temporary folder in " + base.string() +
                                "; give one with --data, or another with TMPDIR");
    }
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(pattern));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

Milliseconds local_utc_offset() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  return std::chrono::seconds(parts.tm_gmtoff);
}

/// Where to reach a server that says where it listens.
Result<net::Endpoint> own_endpoint(const std::string& url) {
  auto endpoint = net::parse_endpoint(url);
  if (!endpoint) return endpoint;
  if (endpoint->host == "0.0.0.0") endpoint->host = "127.0.0.1";
  if (endpoint->host == "::") endpoint->host = "::1";
  return endpoint;
}

class Demo final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("--servers", servers_, "Simulated servers, 20 if not given")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, kMaxServers));
    app.add_option("--interval", interval_,
                   "Time between two reports of a server, 10s if not given")
        ->type_name("TIME");
    app.add_option("--speed", speed_,
                   "Simulated seconds a second, until the present is reached; 3600 if not given")
        ->type_name("X")
        ->check(CLI::Range(1.0, 1e9));
    app.add_option("--history", history_,
                   "How far in the past it begins, 1d if not given; none with --speed 1")
        ->type_name("TIME");
    auto* const listen =
        app.add_option("--listen", listen_, "Address and port, 127.0.0.1:8000 if not given")
            ->type_name("HOST:PORT");
    app.add_option("--port", port_, "Port at 127.0.0.1; 0 picks one")
        ->type_name("PORT")
        ->excludes(listen);
    app.add_option("--seed", seed_, "Another number makes other machines, 1 if not given")
        ->type_name("N");
    app.add_option("--log-level", log_level_, "debug, info, warning (if not given), error or off")
        ->type_name("LEVEL");
    app.footer(
        "Without --data everything is kept in a temporary folder, which goes at the end (Ctrl-C).\n"
        "With it a later demo goes on where this one ended. The folder must be new, empty, or a\n"
        "demo's. A demo sends reports to itself only.\n\n"
        "Examples:\n"
        "  wakeful demo                                        20 servers with a day of history\n"
        "  wakeful demo --servers 1000 --history 7d            a larger fleet, a week\n"
        "  wakeful demo --servers 5000 --speed 1               as much as 5000 real agents send\n"
        "  wakeful demo --data ./demo-data --port 0            kept, at any free port");
  }

  Result<void> run(const Context& context) override {
    if (auto read = read_times(); !read) return read;
    const auto given = context.overrides.find("data");
    std::unique_ptr<TemporaryFolder> temporary;
    if (given != context.overrides.end()) {
      folder_ = given->second;
    } else {
      auto made = TemporaryFolder::make();
      if (!made) return fail(made.error());
      temporary = std::move(*made);
      folder_ = temporary->path();
    }
    const auto config = load(context);
    if (!config) return fail(config.error());
    log::set_level(config->log_level);
    if (auto ready = prepare(context.out); !ready) return ready;
    return serve(*config, context.out);
  }

 private:
  Result<void> read_times() {
    const auto interval = parse_duration(interval_);
    if (!interval) return fail(Error(interval.error()).with_context("--interval"));
    const auto history = parse_duration(history_.empty() ? "1d" : history_);
    if (!history) return fail(Error(history.error()).with_context("--history"));
    if (*interval < Milliseconds(100) || *interval > std::chrono::hours(1)) {
      return fail(Errc::invalid, "--interval: expected 100ms to 1h, got " + interval_);
    }
    if (*history > std::chrono::hours(24 * 3650)) {
      return fail(Errc::invalid, "--history: expected at most 3650d, got " + history_);
    }
    if (speed_ <= 1 && !history_.empty() && history->count() > 0) {
      return fail(Errc::invalid,
                  "--speed 1 with --history never reaches the present; give a higher speed");
    }
    interval_ms_ = *interval;
    history_ms_ = speed_ > 1 ? *history : Milliseconds(0);
    return {};
  }

  Result<server::ServerConfig> load(const Context& context) const {
    std::map<std::string, std::string> overrides;
    overrides["data"] = folder_.string();
    overrides["log_level"] = log_level_;
    overrides["listen"] = !listen_.empty() ? listen_ : "127.0.0.1:" + std::to_string(port_);
    const auto no_environment = [](const std::string&) { return std::optional<std::string>(); };
    return server::load_config(context.config_file, no_environment, overrides);
  }

  Result<void> prepare(std::ostream& out) {
    auto fleet = load_demo_fleet(folder_);
    if (!fleet) return fail(fleet.error());
    fleet_ = std::move(*fleet);
    if (fleet_.servers.empty()) fleet_.seed = seed_;
    if (servers_ >= fleet_.servers.size() + 1000) {
      out << "registering " << servers_ - fleet_.servers.size() << " servers" << std::endl;
    }
    if (auto done = register_demo_servers(folder_, fleet_, servers_); !done) return done;
    const auto password = make_demo_account(folder_);
    if (!password) return fail(password.error());
    password_ = *password;
    return {};
  }

  Result<void> serve(const server::ServerConfig& config, std::ostream& out) {
    std::mutex mutex;
    const auto print = [&](const std::string& line) {
      const std::lock_guard lock(mutex);
      out << line << std::endl;  // flushed: somebody waits for it
    };
    std::optional<Feeder> feeder;
    Result<void> fed;
    constexpr std::string_view kListening = "listening on ";
    auto served = server::run_server(config, [&](const std::string& line) {
      print(line);
      if (feeder || !line.starts_with(kListening)) return;
      introduce(print);
      auto endpoint = own_endpoint(line.substr(kListening.size()));
      if (endpoint) {
        feeder.emplace(feeder_options(std::move(*endpoint), print));
      } else {
        log::error("demo", "no reports are sent", {{"reason", endpoint.error()}});
      }
    });
    feeder.reset();
    if (!served) return served;
    print("ended");
    return save_demo_fleet(folder_, fleet_);
  }

  void introduce(const std::function<void(const std::string&)>& print) const {
    print(password_ ? "log in as \"demo\" with the password " + *password_
                    : "log in as \"demo\" with the password of this folder's first demo");
    print(std::to_string(servers_) + " simulated servers, data in " + folder_.string() +
          "; end: Ctrl-C");
  }

  FeederOptions feeder_options(net::Endpoint endpoint,
                               const std::function<void(const std::string&)>& print) {
    FeederOptions options;
    options.server = std::move(endpoint);
    options.fleet = fleet_;
    options.fleet.servers.resize(servers_);
    options.interval = interval_ms_;
    const WallTime now = SystemClock().wall_now();
    options.begin = now - history_ms_;
    // A folder of a demo that ran before lacks only what came since.
    if (fleet_.sent_until)
      options.begin = std::min(now, std::max(options.begin, *fleet_.sent_until));
    options.speed = speed_;
    options.utc_offset = local_utc_offset();
    options.say = print;
    options.sent_until = [this](WallTime time) {
      fleet_.sent_until = time;
      // The next line, or the end, tries again.
      [[maybe_unused]] const auto saved = save_demo_fleet(folder_, fleet_);
    };
    return options;
  }

  std::size_t servers_ = 20;
  std::string interval_ = "10s";
  double speed_ = 3600;
  std::string history_;
  std::string listen_;
  std::uint16_t port_ = 8000;
  std::uint64_t seed_ = 1;
  std::string log_level_ = "warning";

  Milliseconds interval_ms_{0};
  Milliseconds history_ms_{0};
  std::filesystem::path folder_;
  DemoFleet fleet_;
  std::optional<std::string> password_;
};

}  // namespace

std::unique_ptr<Command> make_demo_command() { return std::make_unique<Demo>(); }

}  // namespace wakeful::cli
