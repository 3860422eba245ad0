#include "agent/run.h"

#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <memory>
#include <random>
#include <utility>

#include "agent/agent.h"
#include "agent/docker_source.h"
#include "agent/lean_memory.h"
#include "agent/once.h"
#include "agent/print.h"
#include "agent/report_builder.h"
#include "agent/uplink.h"
#include "base/log.h"
#include "net/loop.h"
#include "wire/native.h"

namespace wakeful::agent {
namespace {

constexpr Milliseconds kServerTimeout{10'000};
constexpr Milliseconds kFlushDeadline{1'000};
constexpr std::size_t kMaxAnswerBytes = 64 << 10;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::unique_ptr<Uplink> make_uplink(net::Loop& loop, const AgentConfig& config) {
  if (!config.server) return nullptr;
  net::HttpClientOptions client_options;
  client_options.timeout = kServerTimeout;
  client_options.max_body_bytes = kMaxAnswerBytes;
  client_options.ca_file = config.ca_file;
  UplinkOptions options;
  options.server_url = config.server_url;
  options.key = config.key;
  options.seed = std::random_device{}();
  return std::make_unique<Uplink>(loop, net::make_http_client(loop, *config.server, client_options),
                                  std::move(options));
}

/// The parts of a running agent. Destroyed in reverse order.
class Program {
 public:
  explicit Program(AgentConfig config) : config_(std::move(config)) {
    config_.roots.clock = &clock_;
    if (!config_.docker.empty()) {
      // Once waits for the engine; the daemon must have its answer before the next report.
      const Milliseconds pace = config_.once ? Milliseconds{8000} : config_.interval;
      docker_ = std::make_unique<DockerSource>(loop_, clock_, docker_options(config_.docker, pace));
    }
    ReportBuilder::Options options;
    options.context = config_.roots;
    options.interval = config_.interval;
    options.run_id = make_run_id();
    builder_ = std::make_unique<ReportBuilder>(std::move(options), docker_.get());
    uplink_ = make_uplink(loop_, config_);
  }

  ExitCode run() {
    loop_.on_signals({SIGTERM, SIGINT}, [this](int signal) { stop(signal); });
    if (uplink_) {
      uplink_->on_outcome([this](const UplinkOutcome& outcome) { on_outcome(outcome); });
    }
    const auto deliver = [this](const model::Report& report) { on_report(report); };
    if (config_.once) {
      once_ = std::make_unique<OnceReading>(loop_, *builder_, docker_.get(), deliver);
      once_->start();
    } else {
      log::info("agent", "started",
                {{"version", WAKEFUL_VERSION},
                 {"server", config_.server_url},
                 {"interval_ms", config_.interval.count()}});
      agent_ = std::make_unique<Agent>(loop_, *builder_, docker_.get(), config_.interval, deliver);
      agent_->start();
    }
    loop_.run();
    return exit_code_;
  }

 private:
  void on_report(const model::Report& report) {
    std::string json = wire::encode_report(report);
    if (config_.print) print(describe_report(report) + "body\n" + json + "\n");
    if (uplink_) {
      uplink_->submit(std::move(json));
    } else {
      loop_.stop();  // --once --print without a server
    }
  }

  void on_outcome(const UplinkOutcome& outcome) {
    if (config_.print) print(describe_outcome(outcome));
    if (!config_.once) {
      if (!std::exchange(settled_, true)) release_startup_pages();
      return;
    }
    using Kind = UplinkOutcome::Kind;
    if (outcome.kind != Kind::acknowledged) {
      const bool refused = outcome.kind != Kind::failed && outcome.status != 0;
      exit_code_ = refused ? ExitCode::refused : ExitCode::unreachable;
    }
    loop_.stop();
  }

  void stop(int signal) {
    if (stopping_ || config_.once) {
      if (config_.once) exit_code_ = ExitCode::unreachable;
      loop_.stop();
      return;
    }
    stopping_ = true;
    agent_.reset();
    log::info("agent", "stopping", {{"signal", signal}, {"queued", uplink_->queued()}});
    uplink_->flush(kFlushDeadline, [this] {
      if (uplink_->queued() > 0) {
        log::warning("agent", "stopped with reports that were not delivered",
                     {{"queued", uplink_->queued()}});
      }
      loop_.stop();
    });
  }

  AgentConfig config_;
  SystemClock clock_;
  net::Loop loop_;
  std::unique_ptr<DockerSource> docker_;
  std::unique_ptr<ReportBuilder> builder_;
  std::unique_ptr<Uplink> uplink_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<OnceReading> once_;
  ExitCode exit_code_ = ExitCode::good;
  bool stopping_ = false;
  bool settled_ = false;  ///< the first request has ended: whatever starts once has started
};

}  // namespace

ExitCode run_agent(AgentConfig config) {
  tame_malloc();
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level(config.log_level);
  for (const std::string& warning : config.warnings) log::warning("agent", warning);
  return Program(std::move(config)).run();
}

}  // namespace wakeful::agent
