#include "agent/docker_source.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/check.h"
#include "base/strings.h"

namespace wakeful::agent {
namespace {

constexpr std::size_t kMaxMessageBytes = 1000;

std::string describe_address(const net::Endpoint& endpoint) {
  if (endpoint.scheme == net::Endpoint::Scheme::unix_socket) return "unix:" + endpoint.host;
  return endpoint.host + ":" + std::to_string(endpoint.port);
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace

DockerOptions docker_options(std::vector<net::Endpoint> endpoints, Milliseconds interval) {
  DockerOptions options;
  options.endpoints = std::move(endpoints);
  options.list_timeout = std::min(interval * 3 / 4, Milliseconds{10'000});
  options.detail_timeout = std::min(interval / 2, Milliseconds{2'000});
  options.list_fresh = interval * 2 + options.list_timeout;
  options.first_retry = std::min(interval, options.first_retry);
  return options;
}

DockerSource::DockerSource(net::Loop& loop, const Clock& clock, DockerOptions options)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      backoff_(options_.first_retry, options_.longest_retry, 1),
      next_try_(clock.mono_now()),
      alive_(std::make_shared<DockerSource*>(this)) {
  WAKEFUL_CHECK(!options_.endpoints.empty());
  connect(choose_endpoint());
}

DockerSource::~DockerSource() = default;

const net::Endpoint& DockerSource::choose_endpoint() const {
  for (const auto& endpoint : options_.endpoints) {
    if (endpoint.scheme != net::Endpoint::Scheme::unix_socket || exists(endpoint.host)) {
      return endpoint;
    }
  }
  return options_.endpoints.front();
}

void DockerSource::connect(const net::Endpoint& endpoint) {
  address_ = describe_address(endpoint);
  socket_path_.reset();
  if (endpoint.scheme == net::Endpoint::Scheme::unix_socket) socket_path_ = endpoint.host;
  net::HttpClientOptions list_options;
  list_options.timeout = options_.list_timeout;
  list_options.max_body_bytes = options_.max_list_bytes;
  list_client_ = net::make_http_client(loop_, endpoint, list_options);
  net::HttpClientOptions detail_options;
  detail_options.timeout = options_.detail_timeout;
  detail_options.max_body_bytes = options_.max_detail_bytes;
  details_ = std::make_unique<DockerDetails>(
      clock_, net::make_http_client(loop_, endpoint, detail_options), options_.details);
  details_->on_idle([this] { check_idle(); });
}

void DockerSource::refresh() {
  const MonoTime now = clock_.mono_now();
  if (busy_ || now < next_try_) return;
  round_started_ = now;
  if (const auto& endpoint = choose_endpoint(); describe_address(endpoint) != address_) {
    connect(endpoint);
  }
  if (socket_path_ && !exists(*socket_path_)) {
    fail_round({Errc::not_found, ""});
    return;
  }
  busy_ = true;
  net::ClientRequest request;
  request.target = "/containers/json?all=1";
  std::weak_ptr<DockerSource*> weak = alive_;
  list_client_->send(std::move(request), [weak](Result<net::ClientResponse> answer) {
    if (const auto self = weak.lock()) (*self)->on_list(std::move(answer));
  });
}

void DockerSource::on_list(Result<net::ClientResponse> answer) {
  busy_ = false;
  if (!answer) {
    fail_round(std::move(answer.error()));
    return;
  }
  if (answer->status != 200) {
    const Errc code = answer->status >= 500   ? Errc::unavailable
                      : answer->status == 403 ? Errc::denied
                                              : Errc::unsupported;
    fail_round({code, address_ + ": the engine answered " + std::to_string(answer->status) + ": " +
                          shorten(trim(answer->body), kMaxMessageBytes / 2)});
    return;
  }
  auto list = collect::parse_container_list(answer->body);
  if (!list) {
    fail_round(std::move(list.error()).with_context(address_));
    return;
  }
  keep_list(std::move(*list));
}

void DockerSource::keep_list(std::vector<collect::EngineContainer> list) {
  const MonoTime now = clock_.mono_now();
  last_duration_ = std::chrono::duration_cast<Milliseconds>(now - round_started_);
  list_ = std::move(list);
  listed_at_ = now;
  next_try_ = now;
  problem_.reset();
  silent_since_.reset();
  backoff_.reset();
  std::vector<std::string> wanted;
  for (const std::string& id : unreadable_) {
    // Before inspect has answered nobody can know where the cgroup files are.
    if (details_->knows(id)) wanted.push_back(id);
    details_->doubt(id);
  }
  details_->start_round(list_, wanted);
}

void DockerSource::fail_round(Error error) {
  if (error.code == Errc::timeout) {
    const auto took = std::chrono::duration_cast<Milliseconds>(clock_.mono_now() - round_started_);
    if (!silent_since_) silent_since_ = clock_.wall_now() - took;
  } else {
    silent_since_.reset();
  }
  problem_ = describe(error);
  next_try_ = clock_.mono_now() + backoff_.next();
  // Not there or not for us: what it said before is worth nothing now.
  if (error.code != Errc::timeout && error.code != Errc::parse && error.code != Errc::invalid &&
      error.code != Errc::too_large) {
    listed_at_.reset();
  }
  check_idle();
}

model::SourceProblem DockerSource::describe(const Error& error) const {
  std::string message = error.message;  // begins with the address
  switch (error.code) {
    case Errc::not_found:
      message = address_ +
                ": no such socket: Docker is not installed or does not run, so containers are not "
                "reported; without Docker here, say --docker off";
      break;
    case Errc::denied:
      message += ": let the agent's user into group docker, or run the agent as root";
      break;
    case Errc::timeout:
      message = address_ + ": the engine has not answered since " +
                format_utc(silent_since_.value_or(clock_.wall_now())) +
                ": it hangs or is overloaded; look at systemctl status docker";
      break;
    case Errc::unavailable:
      message += ": the engine does not serve now";
      break;
    default:
      message += "; this does not look like a Docker Engine: check --docker";
      break;
  }
  return {"docker", error.code, shorten(message, kMaxMessageBytes)};
}

DockerSnapshot DockerSource::current() const {
  DockerSnapshot snapshot;
  snapshot.problem = problem_;
  if (!problem_) snapshot.problem = details_->problem();
  if (listed_at_ && clock_.mono_now() - *listed_at_ <= options_.list_fresh) {
    snapshot.containers = list_;
    details_->complete(*snapshot.containers);
  } else if (!snapshot.problem) {
    snapshot.problem =
        model::SourceProblem{"docker", Errc::timeout,
                             address_ + (listed_at_ ? ": the list of containers is too old"
                                                    : ": the engine has not answered yet")};
  }
  return snapshot;
}

const std::map<std::string, collect::EngineStats>& DockerSource::stats() const {
  return details_->stats();
}

void DockerSource::set_unreadable(std::vector<std::string> ids) { unreadable_ = std::move(ids); }

bool DockerSource::idle() const { return !busy_ && details_->idle(); }

void DockerSource::check_idle() {
  if (idle() && told_idle_) told_idle_();
}

}  // namespace wakeful::agent
