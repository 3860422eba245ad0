// agent/docker_source.h: the engine's containers, asked for beside the reports.
//
// Used by: the agent. Lives on the loop's thread. Nothing waits for the engine: refresh() starts a
// round, current() says at any moment what is known. A round lists all containers, then asks for
// details of the new and changed ones (docker_details.h). An engine that is absent, forbidden,
// hanging, or answers with something else becomes a problem for the report and is asked less often.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/backoff.h"
#include "agent/docker_details.h"
#include "base/clock.h"
#include "collect/containers.h"
#include "collect/docker_json.h"
#include "model/report.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace wakeful::agent {

struct DockerOptions {
  /// Tried in this order: the first whose socket exists. Not empty.
  std::vector<net::Endpoint> endpoints;
  Milliseconds list_timeout{6'000};
  Milliseconds detail_timeout{2'000};
  /// A list serves this long while the engine hangs.
  Milliseconds list_fresh{20'000};
  Milliseconds first_retry{1'000};
  Milliseconds longest_retry{15'000};
  std::size_t max_list_bytes = collect::kMaxListBytes;
  std::size_t max_detail_bytes = collect::kMaxOneBytes;
  DockerDetails::Options details;
};

/// Timeouts that suit a report interval: a round ends before the next one is planned.
DockerOptions docker_options(std::vector<net::Endpoint> endpoints, Milliseconds interval);

/// What is known now.
struct DockerSnapshot {
  std::optional<std::vector<collect::EngineContainer>> containers;  ///< nullopt: not known
  std::optional<model::SourceProblem> problem;
};

class DockerSource {
 public:
  DockerSource(net::Loop& loop, const Clock& clock, DockerOptions options);
  ~DockerSource();
  DockerSource(const DockerSource&) = delete;
  DockerSource& operator=(const DockerSource&) = delete;

  /// Start a round, unless one runs or the engine failed and is left alone for now.
  void refresh();
  DockerSnapshot current() const;
  const std::map<std::string, collect::EngineStats>& stats() const;
  /// Running containers whose cgroup files cannot be read: their pid is asked for again, and their
  /// stats from the next round on.
  void set_unreadable(std::vector<std::string> ids);
  /// True when no request runs.
  bool idle() const;
  /// Called whenever a round and its details have ended.
  void on_idle(std::function<void()> told) { told_idle_ = std::move(told); }
  /// How long the last good round's list took.
  Milliseconds last_duration() const { return last_duration_; }

 private:
  const net::Endpoint& choose_endpoint() const;
  void connect(const net::Endpoint& endpoint);
  void on_list(Result<net::ClientResponse> answer);
  void keep_list(std::vector<collect::EngineContainer> list);
  void fail_round(Error error);
  model::SourceProblem describe(const Error& error) const;
  void check_idle();

  net::Loop& loop_;
  const Clock& clock_;
  DockerOptions options_;
  Backoff backoff_;
  std::string address_;  ///< of the endpoint in use, for messages
  std::optional<std::string> socket_path_;
  std::unique_ptr<net::HttpClient> list_client_;
  std::unique_ptr<DockerDetails> details_;

  std::vector<collect::EngineContainer> list_;
  std::optional<MonoTime> listed_at_;
  std::optional<model::SourceProblem> problem_;
  std::optional<WallTime> silent_since_;  ///< of the first round in a row that timed out
  std::vector<std::string> unreadable_;
  bool busy_ = false;
  MonoTime round_started_;
  MonoTime next_try_;
  Milliseconds last_duration_{0};
  std::function<void()> told_idle_;
  std::shared_ptr<DockerSource*> alive_;
};

}  // namespace wakeful::agent
