#include "cli/demo_feeder.h"

#include <algorithm>
#include <queue>
#include <thread>
#include <utility>

#include "net/loop.h"
#include "server/clock_skew.h"
#include "sim/machine.h"
#include "sim/pace.h"
#include "wire/native.h"

namespace wakeful::cli {
namespace {

constexpr std::size_t kConnections = 32;
constexpr std::size_t kMaxBatchReports = 500;
/// The server decodes smaller bodies at once, without another thread.
constexpr std::size_t kMaxBatchBytes = 60 << 10;
constexpr Milliseconds kShortestWait{2};
constexpr Milliseconds kLongestWait{200};
constexpr Milliseconds kPauseAfterTrouble{300};
constexpr Milliseconds kLineInHistory{5'000};
constexpr Milliseconds kLineInThePresent{60'000};

/// A machine and what it still has to send.
struct Source {
  sim::Machine machine;
  std::string key;
  WallTime next;            ///< of its next report, behind those in body
  std::string body;         ///< made and not yet acknowledged; empty: none
  std::size_t reports = 0;  ///< in body
  WallTime body_from;       ///< of the first one in body

  WallTime unsent_from() const { return body.empty() ? next : body_from; }
};

struct Due {
  WallTime time;
  std::size_t source;
  bool operator>(const Due& other) const { return time > other.time; }
};

struct Connection {
  std::unique_ptr<net::HttpClient> client;
  std::size_t source = 0;
  bool busy = false;
};

}  // namespace

struct Feeder::Impl {
  explicit Impl(FeederOptions given)
      : options(std::move(given)), pace(options.begin, options.speed) {
    make_sources();
    for (std::size_t i = 0; i < std::min(kConnections, sources.size()); ++i) {
      connections.push_back({net::make_http_client(loop, options.server, {}), 0, false});
    }
    thread = std::thread([this] { run(); });
  }
  ~Impl() {
    loop.stop();
    thread.join();
    options.sent_until(oldest_unsent() - Milliseconds(1));
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void make_sources();
  void run();
  WallTime simulated_now() const;
  WallTime oldest_unsent() const;
  void pump();
  void wait_for_next();
  bool make_body(Source& source, WallTime until);
  void send(Connection& connection, std::size_t number);
  void answered(Connection& connection, const Result<net::ClientResponse>& answer);
  void judge(Source& source, const Result<net::ClientResponse>& answer);
  void tell();
  void tell_when_caught_up();

  FeederOptions options;
  const SystemClock clock{};
  const MonoTime started = clock.mono_now();
  const sim::Pace pace;
  net::Loop loop;
  std::vector<Source> sources;
  std::vector<Connection> connections;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  net::Loop::Timer next_pump;
  net::Loop::Timer telling;
  std::uint64_t stored = 0;
  std::uint64_t refused = 0;
  std::uint64_t retried = 0;
  std::string last_trouble;
  std::uint64_t told_stored = 0;
  MonoTime told_at = started;
  MonoTime paused_until = started;
  bool in_the_present = false;
  int told_in_the_present = 0;
  std::thread thread;
};

void Feeder::Impl::make_sources() {
  const auto& servers = options.fleet.servers;
  sources.reserve(servers.size());
  for (std::size_t i = 0; i < servers.size(); ++i) {
    sim::MachineOptions machine;
    machine.seed = options.fleet.seed;
    machine.number = static_cast<std::uint32_t>(i);
    machine.interval = options.interval;
    machine.utc_offset = options.utc_offset;
    // On a grid, so that a later run asks for the same times; spread, so that not all come at once.
    const Milliseconds offset =
        options.interval * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(servers.size());
    const auto step = options.interval.count();
    const WallTime first = from_unix_ms((to_unix_ms(options.begin) / step + 1) * step) + offset;
    sources.push_back({sim::Machine(machine), servers[i].key, first, {}, 0, first});
    due.push({first, i});
  }
}

void Feeder::Impl::run() {
  telling = loop.every(kLineInHistory, [this] {
    // Once more soon after the present was reached, to show that it goes on.
    if (!in_the_present || ++told_in_the_present == 1 ||
        clock.mono_now() - told_at >= kLineInThePresent) {
      tell();
    }
  });
  loop.post([this] { pump(); });
  loop.run();
  // They belong to the loop's thread. What is on its way counts as not sent.
  for (Connection& connection : connections) connection.client.reset();
  next_pump = {};
  telling = {};
}

WallTime Feeder::Impl::simulated_now() const {
  return pace.at(std::chrono::duration_cast<Milliseconds>(clock.mono_now() - started),
                 clock.wall_now());
}

WallTime Feeder::Impl::oldest_unsent() const {
  WallTime oldest = due.empty() ? simulated_now() : due.top().time;
  for (const Connection& connection : connections) {
    if (connection.busy) oldest = std::min(oldest, sources[connection.source].unsent_from());
  }
  return oldest;
}

/// Give every free connection the machine that has waited longest.
void Feeder::Impl::pump() {
  if (clock.mono_now() < paused_until) {
    next_pump = loop.after(kPauseAfterTrouble, [this] { pump(); });
    return;
  }
  const WallTime until = simulated_now();
  for (Connection& connection : connections) {
    while (!connection.busy && !due.empty() && due.top().time <= until) {
      const std::size_t number = due.top().source;
      due.pop();
      if (make_body(sources[number], until)) {
        send(connection, number);
      } else {
        due.push({sources[number].next, number});  // it was silent all along
      }
    }
  }
  tell_when_caught_up();
  wait_for_next();
}

void Feeder::Impl::wait_for_next() {
  const bool all_busy = std::all_of(connections.begin(), connections.end(),
                                    [](const Connection& one) { return one.busy; });
  if (all_busy || due.empty()) return;  // the next answer pumps
  const Milliseconds wait = pace.real(due.top().time - simulated_now());
  next_pump = loop.after(std::clamp(wait, kShortestWait, kLongestWait), [this] { pump(); });
}

/// False when there was nothing to say up to then.
bool Feeder::Impl::make_body(Source& source, WallTime until) {
  if (!source.body.empty()) return true;
  source.reports = 0;
  source.body_from = source.next;
  std::size_t looked = 0;
  while (source.next <= until && source.reports < kMaxBatchReports &&
         source.body.size() < kMaxBatchBytes && looked++ < 20 * kMaxBatchReports) {
    if (const model::Report* report = source.machine.report(source.next)) {
      source.body += source.body.empty() ? '[' : ',';
      source.body += wire::encode_report(*report);
      ++source.reports;
    }
    source.next += options.interval;
  }
  if (!source.body.empty()) source.body += ']';
  return !source.body.empty();
}

void Feeder::Impl::send(Connection& connection, std::size_t number) {
  connection.busy = true;
  connection.source = number;
  net::ClientRequest request;
  request.method = net::Method::post;
  request.target = "/api/v1/reports";
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Authorization", "Bearer " + sources[number].key);
  // What is reported is old; the clock it was measured with is right.
  request.headers.add("Wakeful-Sent-Ms", std::to_string(to_unix_ms(clock.wall_now())));
  request.body = sources[number].body;
  connection.client->send(std::move(request),
                          [this, &connection](const Result<net::ClientResponse>& answer) {
                            answered(connection, answer);
                          });
}

void Feeder::Impl::answered(Connection& connection, const Result<net::ClientResponse>& answer) {
  connection.busy = false;
  Source& source = sources[connection.source];
  judge(source, answer);
  due.push({source.unsent_from(), connection.source});
  pump();
}

void Feeder::Impl::judge(Source& source, const Result<net::ClientResponse>& answer) {
  const bool again = !answer || answer->status == 503;
  if (again) {
    retried += source.reports;
    last_trouble = answer ? answer->body : answer.error().message;
    paused_until = clock.mono_now() + kPauseAfterTrouble;
    return;
  }
  if (answer->status == 200) {
    stored += source.reports;
  } else {
    refused += source.reports;
    last_trouble = answer->body;
  }
  source.body.clear();
}

void Feeder::Impl::tell_when_caught_up() {
  // Due times lie in the future then, all of them.
  if (in_the_present || simulated_now() + kShortestWait < clock.wall_now() ||
      oldest_unsent() < clock.wall_now()) {
    return;
  }
  in_the_present = true;
  tell();
}

void Feeder::Impl::tell() {
  const MonoTime now = clock.mono_now();
  const double seconds = std::chrono::duration<double>(now - told_at).count();
  const WallTime oldest = std::min(oldest_unsent(), clock.wall_now());
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(stored - told_stored) /
                                               std::max(seconds, 1e-3));
  std::string line = in_the_present
                         ? "in the present: "
                         : server::rough_duration(clock.wall_now() - oldest) + " in the past: ";
  line += std::to_string(stored) + " reports stored, " + std::to_string(rate) + " a second, " +
          std::to_string(refused) + " refused";
  if (retried > 0) line += ", " + std::to_string(retried) + " sent again";
  const Milliseconds behind = simulated_now() - oldest;
  if (behind > 2 * options.interval && pace.real(behind) > kLongestWait) {
    line += ", " + server::rough_duration(pace.real(behind)) + " behind the speed asked for";
  }
  if (!last_trouble.empty()) line += "; last trouble: " + std::exchange(last_trouble, {});
  told_stored = stored;
  told_at = now;
  options.say(line);
  options.sent_until(oldest - Milliseconds(1));
}

Feeder::Feeder(FeederOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Feeder::~Feeder() = default;

}  // namespace wakeful::cli
