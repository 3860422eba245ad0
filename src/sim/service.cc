#include "sim/service.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace wakeful::sim {
namespace {

enum Salt : std::int64_t { kDeploy = 1, kCrash, kLeak, kLimit, kLength, kExit, kCpu, kMemory };

/// What a container may have of what it takes when it is started.
constexpr double kLimitFactor = 2.2;
constexpr std::int64_t kOomPause = 20 * kSecond;
/// How long the engine shows a job that has ended.
constexpr std::int64_t kJobShown = 12 * kHour;

std::string hex(std::uint64_t bits, int digits) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(bits));
  return {text.data(), static_cast<std::size_t>(digits)};
}

/// "3 hours", as the engine says it, and how long that stays true.
struct Age {
  std::string text;
  std::int64_t unit;
};
Age describe_age(std::int64_t ms) {
  const auto plural = [&](std::int64_t unit, const char* name) {
    return Age{std::to_string(ms / unit) + " " + name, unit};
  };
  if (ms < kMinute) return plural(kSecond, "seconds");
  if (ms < 2 * kMinute) return {"About a minute", kMinute};
  if (ms < kHour) return plural(kMinute, "minutes");
  if (ms < 2 * kHour) return {"About an hour", kHour};
  if (ms < 2 * kDay) return plural(kHour, "hours");
  return plural(kDay, "days");
}

}  // namespace

Service::Service(const Role& role, std::uint64_t seed, int number)
    : role_(&role),
      seed_(mix(seed, number * 7919 + static_cast<std::int64_t>(role.name.size()) * 31 +
                          role.name.front())),
      name_(role.name),
      deployments_{
          mix(seed_, kDeploy), role.deployments, 9 * kHour,
          17 * kHour,          role.job,         role.job ? std::int64_t{9} : std::int64_t{45}},
      crashes_{mix(seed_, kCrash), 1.0 / 40, 0, kDay - kHour, true, 60} {
  if (number > 1) name_ += "-" + std::to_string(number);
  if (role.job) {
    // Jobs are started at all hours, those at home at night.
    deployments_.earliest = role.name == "backup" ? 2 * kHour : 0;
    deployments_.latest = role.name == "backup" ? 3 * kHour : 20 * kHour;
  }
  if (role.leaks) {
    leak_period_ =
        static_cast<std::int64_t>((5 + 55 * unit(mix(seed_, kLeak))) * static_cast<double>(kHour));
  }
  limited_ = role.leaks || unit(mix(seed_, kLimit)) < 0.4;
}

bool Service::look(std::int64_t ms, const Host& host) {
  now_ = ms;
  bool changed = false;
  if (ms < phase_.from || ms >= phase_.until || phase_.boot != host.boot) {
    Phase next = role_->job ? job_phase(ms, host) : service_phase(ms, host);
    next.boot = host.boot;
    changed = phase_.until == 0 || next.stage != phase_.stage ||
              next.generation != phase_.generation || next.started != phase_.started;
    phase_ = next;
    if (changed) status_until_ = 0;
  }
  if (present() && (ms < status_from_ || ms >= status_until_)) {
    const std::string before = status_;
    write_status(ms);
    changed = changed || status_ != before;
  }
  return changed;
}

std::int64_t Service::job_end(std::int64_t start) const {
  const double length = unit(mix(mix(seed_, kLength), start));
  return start + 15 * kMinute +
         static_cast<std::int64_t>(length * length * static_cast<double>(9 * kHour));
}

Service::Phase Service::job_phase(std::int64_t ms, const Host& host) const {
  const std::int64_t start = deployments_.last(ms);
  // The next one may come on any day; looked for again at the end of this one.
  std::int64_t until = (floor_div(ms, kDay) + 1) * kDay;
  if (const auto today = deployments_.on(floor_div(ms, kDay)); today && *today > ms) until = *today;
  // A reboot ends a job.
  const bool cut_off = start < host.boot && host.boot < job_end(start);
  const std::int64_t end = cut_off ? host.boot : job_end(start);

  Phase phase;
  phase.from = start;
  phase.generation = start;
  if (ms < end) {
    phase.until = std::min(until, end);
    phase.stage = Stage::running;
    phase.started = start;
    return phase;
  }
  phase.started = end;
  if (ms < end + kJobShown) {
    phase.stage = Stage::exited;
    phase.from = end;
    phase.until = std::min(until, end + kJobShown);
  } else {
    phase.from = end + kJobShown;
    phase.until = until;
  }
  const double luck = unit(mix(mix(seed_, kExit), start));
  phase.exit_code = cut_off ? 143 : luck < 0.85 ? 0 : luck < 0.95 ? 137 : 1;
  return phase;
}

Service::Phase Service::service_phase(std::int64_t ms, const Host& host) const {
  const std::int64_t today = floor_div(ms, kDay);
  const std::int64_t crash = crashes_.last(ms);
  const std::int64_t crash_end =
      crash + 10 * kSecond + static_cast<std::int64_t>(mix(seed_, crash) % (50 * kSecond));

  Phase phase;
  phase.generation = deployments_.last(ms);
  phase.until = (today + 1) * kDay;
  for (const Happening* happening : {&deployments_, &crashes_}) {
    const auto moment = happening->on(today);
    if (moment && *moment > ms) phase.until = std::min(phase.until, *moment);
  }
  phase.stage = Stage::running;
  phase.started = std::max(phase.generation, host.boot);
  if (crash >= phase.started) {
    phase.started = crash_end;
    if (ms < crash_end) {
      phase.stage = Stage::restarting;
      phase.from = phase.started = crash;
      phase.until = std::min(phase.until, crash_end);
      phase.exit_code = 1;
      return phase;
    }
  }
  if (leak_period_ > 0 && ms - phase.started >= leak_period_) {
    const std::int64_t killed = phase.started + (ms - phase.started) / leak_period_ * leak_period_;
    phase.started = killed + kOomPause;
    if (ms < phase.started) {
      phase.stage = Stage::restarting;
      phase.from = killed;
      phase.until = std::min(phase.until, phase.started);
      phase.started = killed;
      phase.exit_code = 137;
      return phase;
    }
    phase.until = std::min(phase.until, killed + leak_period_);
  } else if (leak_period_ > 0) {
    phase.until = std::min(phase.until, phase.started + leak_period_);
  }
  phase.from = phase.started;
  return phase;
}

double Service::cpu_ratio(const Host& host) const {
  if (!running()) return 0;
  const std::uint64_t seed = mix(seed_, kCpu);
  const std::int64_t second = now_ / kSecond;
  const double wander = drift(seed, now_, 90 * kSecond);
  if (role_->job) {
    // Busy, with a pause now and then to load or to save.
    const bool pause = drift(seed, now_, 20 * kMinute) > 0.8;
    return role_->cpu_ratio * (pause ? 0.1 : 0.85 + 0.1 * wander) *
           (1 + 0.05 * jitter(seed, second));
  }
  const double load = 0.02 + 0.98 * host.busy;
  return std::max(
      0.0, role_->cpu_ratio * load * (0.8 + 0.35 * wander) * (1 + 0.25 * jitter(seed, second)));
}

double Service::memory_bytes(const Host& host) const {
  if (!running()) return 0;
  const double fresh = role_->memory_ratio * host.memory_bytes;
  const double age = static_cast<double>(now_ - phase_.started);
  // Caches fill within minutes.
  const double warm = 0.6 + 0.4 * (1 - std::exp(-age / static_cast<double>(8 * kMinute)));
  double bytes = fresh * (warm + 0.08 * drift(mix(seed_, kMemory), now_, 15 * kMinute));
  if (leak_period_ > 0) {
    bytes += fresh * (kLimitFactor - 1.1) * age / static_cast<double>(leak_period_);
  }
  constexpr double kPage = 4096;
  return std::floor(std::max(bytes, kPage) / kPage) * kPage;
}

std::int64_t Service::memory_limit_bytes(const Host& host) const {
  constexpr double kMebibyte = 1 << 20;
  return static_cast<std::int64_t>(
             std::ceil(role_->memory_ratio * host.memory_bytes * kLimitFactor / kMebibyte)) *
         (1 << 20);
}

void Service::write_status(std::int64_t ms) {
  const Age age = describe_age(std::max<std::int64_t>(ms - phase_.started, 0));
  status_from_ = phase_.started + (ms - phase_.started) / age.unit * age.unit;
  status_until_ = status_from_ + age.unit;
  if (running()) {
    status_ = "Up " + age.text;
    return;
  }
  const char* word = phase_.stage == Stage::exited ? "Exited (" : "Restarting (";
  status_ = word + std::to_string(phase_.exit_code) + ") " + age.text + " ago";
}

void Service::describe(model::Container& container, const Host& host) const {
  container.name = name_;
  if (role_->renamed) {
    container.name += "-" + hex(mix(seed_, phase_.generation), role_->job ? 8 : 6);
  }
  container.id.clear();
  for (std::int64_t part = 1; part <= 4; ++part) {
    container.id += hex(mix(mix(seed_, phase_.generation), part), 16);
  }
  container.engine = "docker";
  container.image = role_->image;
  container.status_text = status_;
  container.exit_code.reset();
  container.metrics.clear();
  switch (phase_.stage) {
    case Stage::running:
      container.state = model::ContainerState::running;
      break;
    case Stage::restarting:
      container.state = model::ContainerState::restarting;
      return;
    case Stage::absent:
    case Stage::exited:
      container.state = model::ContainerState::exited;
      container.exit_code = phase_.exit_code;
      return;
  }
  // In this order; the machine fills in the first two.
  container.metrics = {{model::Metric::container_cpu_ratio, 0},
                       {model::Metric::container_memory_used_bytes, 0}};
  if (limited_) {
    container.metrics.push_back({model::Metric::container_memory_limit_bytes,
                                 static_cast<double>(memory_limit_bytes(host))});
    container.metrics.push_back({model::Metric::container_cpu_limit_cores,
                                 std::max(0.5, std::ceil(role_->cpu_ratio * 2 * host.cpu_count))});
  }
}

}  // namespace wakeful::sim
