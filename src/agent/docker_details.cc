#include "agent/docker_details.h"

#include <algorithm>

#include "base/strings.h"
#include "collect/docker_json.h"

namespace wakeful::agent {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;

bool has_process(model::ContainerState state) {
  return state == model::ContainerState::running || state == model::ContainerState::paused;
}

Error engine_error(const net::ClientResponse& response) {
  const Errc code = response.status >= 500 ? Errc::unavailable : Errc::unsupported;
  return Error{code, "the engine answered " + std::to_string(response.status) + ": " +
                         shorten(trim(response.body), 200)};
}

}  // namespace

std::optional<Milliseconds> recent_start(std::string_view status_text) {
  std::string_view rest = status_text;
  if (next_word(rest) != "Up") return std::nullopt;
  if (trim(rest).starts_with("Less than a second")) return Milliseconds{1000};
  const auto count = parse_integer<std::int64_t>(next_word(rest));
  const std::string_view unit = next_word(rest);
  if (!count || *count < 0 || *count > 60 || !unit.starts_with("second")) return std::nullopt;
  return Milliseconds{(*count + 1) * 1000};
}

DockerDetails::DockerDetails(const Clock& clock, std::unique_ptr<net::HttpClient> client,
                             Options options)
    : clock_(clock),
      client_(std::move(client)),
      options_(options),
      alive_(std::make_shared<DockerDetails*>(this)) {}

DockerDetails::~DockerDetails() = default;

bool DockerDetails::needs_inspect(const collect::EngineContainer& listed) const {
  if (!has_process(listed.container.state)) return false;  // the list says all there is to say
  const auto found = known_.find(listed.container.id);
  if (found == known_.end()) return true;
  const Known& known = found->second;
  if (known.state != listed.container.state) return true;
  const auto age = clock_.mono_now() - known.asked;
  if (!known.good || known.error || known.stale) return age >= options_.retry;
  if (age >= options_.refresh) return true;
  // Restarted between two lists: it runs as before, but with another pid.
  const auto started = recent_start(listed.container.status_text);
  return started && age > *started + Milliseconds{1000};
}

void DockerDetails::start_round(const std::vector<collect::EngineContainer>& list,
                                const std::vector<std::string>& stats_wanted) {
  jobs_.clear();
  listed_.clear();
  for (const auto& listed : list) {
    if (needs_inspect(listed) && jobs_.size() < options_.max_requests_per_round) {
      jobs_.push_back({Kind::inspect, listed.container.id});
    }
    listed_.emplace(listed.container.id, listed);
  }
  // What ended has another pid when it runs again.
  std::erase_if(known_, [this](const auto& item) {
    const auto found = listed_.find(item.first);
    return found == listed_.end() || !has_process(found->second.container.state);
  });
  std::erase_if(stats_, [&](const auto& item) {
    return std::ranges::find(stats_wanted, item.first) == stats_wanted.end();
  });
  stats_error_.reset();
  for (const std::string& id : stats_wanted) {
    if (jobs_.size() >= options_.max_requests_per_round) break;
    if (listed_.contains(id)) jobs_.push_back({Kind::stats, id});
  }
  next();
}

void DockerDetails::doubt(const std::string& id) {
  if (const auto found = known_.find(id); found != known_.end()) found->second.stale = true;
}

void DockerDetails::complete(std::vector<collect::EngineContainer>& list) const {
  for (auto& entry : list) {
    const auto found = known_.find(entry.container.id);
    if (found == known_.end() || !found->second.good) continue;
    if (!has_process(entry.container.state)) continue;
    const auto& inspected = found->second.inspected;
    entry.pid = inspected.pid;
    entry.memory_limit_bytes = inspected.memory_limit_bytes;
    entry.cpu_limit_cores = inspected.cpu_limit_cores;
    entry.started_at = inspected.started_at;
  }
}

bool DockerDetails::knows(const std::string& id) const {
  const auto found = known_.find(id);
  return found != known_.end() && found->second.good;
}

std::optional<model::SourceProblem> DockerDetails::problem() const {
  std::size_t count = 0;
  const Error* first = nullptr;
  std::string name;
  for (const auto& [id, known] : known_) {
    if (!known.error) continue;
    ++count;
    if (first != nullptr) continue;
    first = &*known.error;
    const auto listed = listed_.find(id);
    name = listed == listed_.end() ? id : listed->second.container.name;
  }
  if (first != nullptr) {
    std::string message = "details of container " + shorten(name, 100) + ": " + first->message;
    if (count > 1) message += " (and of " + std::to_string(count - 1) + " more)";
    return model::SourceProblem{"docker", first->code, shorten(message, 1000)};
  }
  if (!stats_error_) return std::nullopt;
  return model::SourceProblem{"docker", stats_error_->code, shorten(stats_error_->message, 1000)};
}

void DockerDetails::next() {
  if (busy_) return;
  if (jobs_.empty()) {
    if (told_idle_) told_idle_();
    return;
  }
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  busy_ = true;
  net::ClientRequest request;
  request.target = "/containers/" + job.id +
                   (job.kind == Kind::inspect ? "/json" : "/stats?stream=false&one-shot=true");
  std::weak_ptr<DockerDetails*> weak = alive_;
  client_->send(std::move(request), [weak, job](Result<net::ClientResponse> answer) {
    if (const auto self = weak.lock()) (*self)->on_answer(job, std::move(answer));
  });
}

void DockerDetails::on_answer(const Job& job, Result<net::ClientResponse> answer) {
  busy_ = false;
  if (job.kind == Kind::inspect) {
    keep_inspect(job.id, answer);
  } else {
    keep_stats(job.id, answer);
  }
  // The engine is gone: the rest would fail alike, and the list will say why.
  if (!answer && answer.error().code != Errc::timeout) jobs_.clear();
  next();
}

void DockerDetails::keep_inspect(const std::string& id, const Result<net::ClientResponse>& answer) {
  const auto listed = listed_.find(id);
  if (listed == listed_.end()) return;
  if (answer && answer->status == kNotFound) {  // removed since the list was made
    known_.erase(id);
    return;
  }
  Known& known = known_[id];
  known.asked = clock_.mono_now();
  known.stale = false;
  known.error.reset();
  known.state = listed->second.container.state;
  if (!answer) {
    known.error = answer.error();
    return;
  }
  if (answer->status != kOk) {
    known.error = engine_error(*answer);
    return;
  }
  collect::EngineContainer inspected = listed->second;
  if (auto merged = collect::merge_inspect(answer->body, inspected); !merged) {
    known.error = std::move(merged.error());
    return;
  }
  known.inspected = std::move(inspected);
  known.good = true;
}

void DockerDetails::keep_stats(const std::string& id, const Result<net::ClientResponse>& answer) {
  stats_.erase(id);
  if (!answer) {
    stats_error_ = Error(answer.error()).with_context("stats");
  } else if (answer->status == kNotFound || answer->status == 409) {
    return;  // removed or ended since the list was made
  } else if (answer->status != kOk) {
    stats_error_ = engine_error(*answer).with_context("stats");
  } else if (auto stats = collect::parse_stats(answer->body)) {
    stats_.emplace(id, *stats);
  } else {
    stats_error_ = std::move(stats.error()).with_context("stats");
  }
}

}  // namespace wakeful::agent
