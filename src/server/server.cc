#include "server/server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "api/api.h"
#include "base/log.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/worker_pool.h"
#include "server/assets.h"
#include "server/data_lock.h"
#include "server/directory.h"
#include "server/ingest.h"
#include "server/maintenance.h"
#include "server/restore.h"
#include "server/routes.h"
#include "server/static_files.h"
#include "store/store.h"

namespace wakeful::server {
namespace {

constexpr std::size_t kWorkers = 4;
constexpr std::size_t kMaxWaitingCalls = 1'000;
constexpr std::size_t kMaxWaitingLookups = 20'000;
/// Two, so that the live feed does not wait for the store's work.
constexpr std::size_t kTaskThreads = 2;
/// Live feed, registry, the store's work and sessions: each at most once.
constexpr std::size_t kMaxWaitingTasks = 8;

/// The whole server. Members are built in this order and end in the opposite one, except for the
/// threads, which end first: see ~Instance.
class Instance {
 public:
  Instance(const ServerConfig& config, store::Store store);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Result<void> start(const std::function<void(const std::string&)>& say);
  void run() { loop_.run(); }

 private:
  void on_signal(int signal);
  void servers_changed(const Directory::Ids& ids);
  Result<void> remove_server(model::ServerId server);
  api::Deps make_api_deps();
  net::HttpServerOptions http_options();
  void refused_unread(const std::string& address, const std::string& path, int status,
                      std::string_view detail);
  Result<void> offer_setup(const std::string& url,
                           const std::function<void(const std::string&)>& say);

  const ServerConfig& config_;
  const SystemClock clock_{};
  store::Store store_;
  Guarded<fleet::Fleet> fleet_;
  net::Loop loop_;
  std::optional<net::WorkerPool> workers_;
  std::optional<net::WorkerPool> lookups_;
  std::optional<net::WorkerPool> tasks_;

  api::Setup setup_;
  api::LoginLimiter logins_;
  api::RefusalLog refusal_log_;
  api::LiveFeed live_;
  Refusals refusals_;
  WriteHealth health_;
  Directory directory_;
  Ingest ingest_;
  ReceiverContext context_;
  KeyLookup keys_;
  NativeReceiver native_;
  MonitorReceiver monitor_;
  CollectorReceiver collector_;
  const api::Deps api_;
  Routes routes_;
  std::unique_ptr<net::HttpServer> http_;
  std::optional<Maintenance> maintenance_;
  bool stopping_ = false;
};

Instance::Instance(const ServerConfig& config, store::Store store)
    : config_(config),
      store_(std::move(store)),
      fleet_(config.silence),
      workers_(std::in_place, kWorkers, kMaxWaitingCalls),
      lookups_(std::in_place, 1, kMaxWaitingLookups),
      tasks_(std::in_place, kTaskThreads, kMaxWaitingTasks),
      live_(fleet_, clock_),
      refusals_(refusal_log_, clock_),
      directory_(*store_.registry, fleet_,
                 [this](Directory::Ids ids) { loop_.post([this, ids] { servers_changed(ids); }); }),
      ingest_(*store_.samples, *store_.registry, fleet_, health_, clock_, IngestLimits{},
              [this](std::function<void()> function) { loop_.post(std::move(function)); }),
      context_{loop_,     clock_,    *store_.registry, directory_,          ingest_,
               *lookups_, *workers_, refusals_,        config.retention.raw},
      keys_(context_),
      native_(context_, keys_),
      monitor_(context_, config.keyless_networks),
      collector_(context_, keys_),
      api_(make_api_deps()),
      routes_({context_, native_, monitor_, collector_, health_, *store_.samples, api_,
               embedded_assets()}) {}

Instance::~Instance() {
  http_.reset();
  // Asks the store's work to stop, so that the end does not wait for minutes.
  maintenance_.reset();
  // Their jobs use everything else; they finish what was queued.
  tasks_.reset();
  lookups_.reset();
  workers_.reset();
}

Result<void> Instance::start(const std::function<void(const std::string&)>& say) {
  if (auto refreshed = directory_.refresh(); !refreshed) return refreshed;
  auto last_reports = restore_fleet(*store_.registry, *store_.samples, fleet_);
  if (!last_reports) return fail(last_reports.error());
  for (const store::AcceptedReport& last : *last_reports) native_.restore(last);

  auto http = net::make_http_server(loop_, http_options(),
                                    [this](net::Request request, net::Responder respond) {
                                      routes_.handle(std::move(request), std::move(respond));
                                    });
  if (!http) return fail(http.error());
  http_ = std::move(*http);
  loop_.on_signals({SIGTERM, SIGINT}, [this](int signal) { on_signal(signal); });
  maintenance_.emplace(
      Maintenance::Parts{loop_, *tasks_, clock_, directory_, ingest_, live_, *store_.registry,
                         *store_.samples},
      Maintenance::Periods{config_.retention, config_.session_idle, config_.session_lifetime});

  const std::string url = http_url(config_.listen.host, http_->port());
  log::info("server", "listening", {{"url", url}, {"data", config_.data.string()}});
  say("listening on " + url);
  return offer_setup(url, say);
}

Result<void> Instance::offer_setup(const std::string& url,
                                   const std::function<void(const std::string&)>& say) {
  const auto users = store_.registry->count_users();
  if (!users) return fail(users.error());
  if (*users > 0) return {};
  std::string base = config_.public_url.empty() ? url : config_.public_url;
  // "All addresses" is no address to go to.
  if (config_.public_url.empty() &&
      (config_.listen.host == "0.0.0.0" || config_.listen.host == "::")) {
    base = http_url("127.0.0.1", http_->port());
  }
  say("setup link (works once): " + base + "/setup?token=" + setup_.begin());
  return {};
}

void Instance::on_signal(int signal) {
  if (stopping_) {
    log::warning("server", "stopped at once by a second signal", {{"signal", signal}});
    std::_Exit(128 + signal);
  }
  stopping_ = true;
  log::info("server", "stopping", {{"signal", signal}});
  live_.close_all();
  http_->stop(config_.stop_timeout, [this] { loop_.stop(); });
}

void Instance::servers_changed(const Directory::Ids& ids) {
  keys_.servers_changed(*ids);
  native_.servers_changed(*ids);
  monitor_.servers_changed(*ids);
}

Result<void> Instance::remove_server(model::ServerId server) {
  if (auto removed = store_.registry->remove_server(server); !removed) return removed;
  // From here on its key is nobody's. What is on its way still must not be stored behind us.
  ingest_.forget(server);
  if (auto refreshed = directory_.refresh(); !refreshed) return refreshed;
  return store_.samples->remove_server(server);
}

api::Deps Instance::make_api_deps() {
  return api::Deps{
      .registry = *store_.registry,
      .samples = *store_.samples,
      .fleet = fleet_,
      .clock = clock_,
      .setup = setup_,
      .logins = logins_,
      .refusals = refusal_log_,
      .live = live_,
      .servers_changed =
          [this] {
            if (const auto refreshed = directory_.refresh(); !refreshed) {
              log::error("server", "the list of servers could not be read",
                         {{"reason", refreshed.error()}});
            }
          },
      .remove_server = [this](model::ServerId server) { return remove_server(server); },
      .session_idle = config_.session_idle,
      .session_lifetime = config_.session_lifetime,
      .secure_cookies = config_.public_url.starts_with("https://"),
  };
}

/// What the HTTP server itself refuses: a report that was too big, too slow or broken must not go
/// unseen. Other paths are the business of who asked.
void Instance::refused_unread(const std::string& address, const std::string& path, int status,
                              std::string_view detail) {
  const bool may_be_report =
      path.empty() || path == "/" || path == "/monitor_info" || path == "/api/v1/reports";
  if (may_be_report) refusals_.add(address, path, status, detail);
}

net::HttpServerOptions Instance::http_options() {
  net::HttpServerOptions options;
  options.host = config_.listen.host;
  options.port = config_.listen.port;
  options.max_body_bytes = config_.max_body_bytes;
  options.max_connections = config_.max_connections;
  options.header_timeout = config_.header_timeout;
  options.body_timeout = config_.body_timeout;
  options.idle_timeout = config_.idle_timeout;
  options.common_headers = security_headers();
  options.on_refused = [this](const std::string& address, const std::string& path, int status,
                              std::string_view detail) {
    refused_unread(address, path, status, detail);
  };
  return options;
}

}  // namespace

Result<void> run_server(const ServerConfig& config,
                        const std::function<void(const std::string&)>& say) {
  const auto lock = DataLock::take(config.data);
  if (!lock) return fail(lock.error());
  auto store = store::open_store({config.data, config.store, config.store_memory});
  if (!store) return fail(store.error());
  Instance instance(config, std::move(*store));
  if (auto started = instance.start(say); !started) return started;
  instance.run();
  log::info("server", "stopped");
  return {};
}

}  // namespace wakeful::server
