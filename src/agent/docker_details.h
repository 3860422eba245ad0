// agent/docker_details.h: asks the engine about single containers: inspect (kept) and stats.
//
// Used by: docker_source. One request at a time on a connection of its own, so that a container
// whose inspect hangs (it happens) delays neither the list nor the reports. Lives on the loop's
// thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/containers.h"
#include "model/report.h"
#include "net/http_client.h"

namespace wakeful::agent {

/// Seconds since the start of a container as its status says ("Up 5 seconds"); nullopt from a
/// minute on, and for what does not run.
std::optional<Milliseconds> recent_start(std::string_view status_text);

class DockerDetails {
 public:
  struct Options {
    /// What `inspect` said is asked again after this: limits can change while a container runs.
    Milliseconds refresh{120'000};
    /// A container whose inspect failed is left alone for this long.
    Milliseconds retry{30'000};
    std::size_t max_requests_per_round = 64;
  };

  DockerDetails(const Clock& clock, std::unique_ptr<net::HttpClient> client, Options options);
  ~DockerDetails();
  DockerDetails(const DockerDetails&) = delete;
  DockerDetails& operator=(const DockerDetails&) = delete;

  /// Take over a fresh list: forget what is gone, ask for those that run and are new or have
  /// changed, and for the stats of the wanted ones. Requests of the round before that have not
  /// started are dropped.
  void start_round(const std::vector<collect::EngineContainer>& list,
                   const std::vector<std::string>& stats_wanted);
  /// A running container's pid seems wrong: ask again, but not more often than a failed one, for
  /// the pid may be right and its files hidden from us.
  void doubt(const std::string& id);
  /// Add what inspect said to the entries of a list.
  void complete(std::vector<collect::EngineContainer>& list) const;
  /// True if inspect has answered for this container.
  bool knows(const std::string& id) const;

  const std::map<std::string, collect::EngineStats>& stats() const { return stats_; }
  /// Why the details of some container are missing; nullopt when none is.
  std::optional<model::SourceProblem> problem() const;
  bool idle() const { return !busy_ && jobs_.empty(); }
  /// Called whenever the last request of a round has ended.
  void on_idle(std::function<void()> told) { told_idle_ = std::move(told); }

 private:
  enum class Kind { inspect, stats };
  struct Job {
    Kind kind = Kind::inspect;
    std::string id;
  };
  struct Known {
    model::ContainerState state{};  ///< as the list showed it: asked again when it changes
    collect::EngineContainer inspected;
    bool good = false;   ///< inspected is filled
    bool stale = false;  ///< its pid turned out wrong
    MonoTime asked;
    std::optional<Error> error;  ///< of the last request
  };

  bool needs_inspect(const collect::EngineContainer& listed) const;
  void next();
  void on_answer(const Job& job, Result<net::ClientResponse> answer);
  void keep_inspect(const std::string& id, const Result<net::ClientResponse>& answer);
  void keep_stats(const std::string& id, const Result<net::ClientResponse>& answer);

  const Clock& clock_;
  std::unique_ptr<net::HttpClient> client_;
  Options options_;
  std::map<std::string, collect::EngineContainer> listed_;
  std::map<std::string, Known> known_;
  std::map<std::string, collect::EngineStats> stats_;
  std::optional<Error> stats_error_;
  std::deque<Job> jobs_;
  bool busy_ = false;
  std::function<void()> told_idle_;
  std::shared_ptr<DockerDetails*> alive_;
};

}  // namespace wakeful::agent
