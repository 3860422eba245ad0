#include "sim/machine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/check.h"
#include "sim/noise.h"

namespace wakeful::sim {
namespace {

using model::Metric;

enum Salt : std::int64_t {
  kSize = 1,
  kIdle,
  kPower,
  kDenied,
  kBusy,
  kSystem,
  kMemory,
  kSwap,
  kCores,
  kBoot,
  kRun,
  kServices,
};

// Where in the report's list each metric stands. Power is last: not every agent knows it.
enum Place : std::size_t {
  at_cpu,
  at_memory_total,
  at_memory_available,
  at_memory_used,
  at_swap_total,
  at_swap_used,
  at_load1,
  at_load5,
  at_load15,
  at_uptime,
  at_users,
  at_power,
};
constexpr std::array kMetrics = {Metric::host_cpu_ratio,
                                 Metric::host_memory_total_bytes,
                                 Metric::host_memory_available_bytes,
                                 Metric::host_memory_used_bytes,
                                 Metric::host_swap_total_bytes,
                                 Metric::host_swap_used_bytes,
                                 Metric::host_load1,
                                 Metric::host_load5,
                                 Metric::host_load15,
                                 Metric::host_uptime_seconds,
                                 Metric::host_users,
                                 Metric::host_power_watts};

constexpr double kGibibyte = 1 << 30;
constexpr double kPage = 4096;
constexpr double kSwapBytes = 2 * kGibibyte;
/// The kernel keeps this much for itself, so total is a little less than what is built in.
constexpr double kUsableMemory = 0.975;

/// Four digits, as agents measure.
double ratio(double value) { return std::round(std::clamp(value, 0.0, 1.0) * 10'000) / 10'000; }
double hundredths(double value) { return std::round(value * 100) / 100; }
double pages(double bytes) { return std::floor(bytes / kPage) * kPage; }

template <class T>
T pick(const std::array<T, 4>& from, std::uint64_t bits) {
  return from[bits % from.size()];
}

std::string numbered(std::string_view prefix, std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "-%02u", number);
  return std::string(prefix) + text.data();
}

std::string uuid(std::uint64_t bits) {
  std::array<char, 40> text{};
  const std::uint64_t more = mix(bits);
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-a%03x-%012llx",
                static_cast<unsigned>(bits >> 32), static_cast<unsigned>(bits & 0xffff),
                static_cast<unsigned>(more >> 52), static_cast<unsigned>(more & 0xfff),
                static_cast<unsigned long long>(mix(more) & 0xffff'ffff'ffff));
  return text.data();
}

}  // namespace

Machine::Machine(const MachineOptions& options)
    : options_(options),
      traits_(&traits_of(kind_of_number(options.number))),
      seed_(mix(mix(options.seed), options.number)),
      name_(numbered(traits_->prefix, options.number + 1)) {
  WAKEFUL_CHECK(options.interval.count() > 0);
  has_power_ = unit(mix(seed_, kPower)) < traits_->has_power;
  sees_containers_ = unit(mix(seed_, kDenied)) > 0.04;
  const std::uint64_t size = mix(seed_, kSize);
  host_.cpu_count = pick(traits_->cpus, size);
  host_.memory_bytes = pages(host_.cpu_count * pick(traits_->memory_gib_per_cpu, size >> 8) *
                             kGibibyte * kUsableMemory);
  liveliness_ = unit(mix(seed_, kIdle)) < 0.15 ? 0.03 : 0.6 + 0.4 * unit(mix(size));
  make_services();
  write_facts();
}

/// As many as its kind has at least, and up to all of them, those at the end of the table seldom.
void Machine::make_services() {
  const std::uint64_t bits = mix(seed_, kServices);
  const std::size_t spare = traits_->roles.size() - traits_->least_containers;
  const std::size_t count =
      traits_->least_containers + static_cast<std::size_t>(bits % (spare + 1));
  for (std::size_t i = 0; i < count; ++i) {
    services_.emplace_back(traits_->roles[i], mix(bits, static_cast<std::int64_t>(i)), 1);
  }
  // Machines that serve much run some of it twice.
  if (traits_->kind == MachineKind::web_server && bits % 3 == 0) {
    services_.emplace_back(traits_->roles[1], mix(bits, 101), 2);
  }
  cpu_ratios_.resize(services_.size());
}

void Machine::write_facts() {
  report_.origin = model::Origin::native;
  report_.interval = options_.interval;
  report_.facts.hostname = name_;
  report_.facts.kernel = traits_->kind == MachineKind::home_nas ? "6.6.31-rpi" : "6.1.0-21-amd64";
  report_.facts.os = traits_->kind == MachineKind::workstation ? "Ubuntu 24.04 LTS"
                                                               : "Debian GNU/Linux 12 (bookworm)";
  report_.facts.architecture = traits_->kind == MachineKind::home_nas ? "aarch64" : "x86_64";
  report_.facts.agent_version = WAKEFUL_VERSION;
  report_.facts.cpu_count = static_cast<std::int64_t>(host_.cpu_count);
  for (const Metric metric : kMetrics) report_.metrics.push_back({metric, 0});
  if (!has_power_) report_.metrics.pop_back();
  report_.metrics[at_memory_total].value = host_.memory_bytes;
  report_.metrics[at_swap_total].value = kSwapBytes;
  report_.core_cpu_ratio.resize(static_cast<std::size_t>(host_.cpu_count));
  if (!sees_containers_) {
    report_.problems.push_back({"docker", Errc::denied,
                                "/run/docker.sock: Permission denied. Let the agent's user read "
                                "it: add it to the group docker."});
  }
}

const model::Report* Machine::report(WallTime time) {
  const std::int64_t ms = to_unix_ms(time) + options_.utc_offset.count();
  const std::int64_t day = floor_div(ms, kDay);
  if (day != plan_.day) plan_ = plan_day(traits_->kind, seed_, day);
  if (plan_.is_away(ms)) return nullptr;
  const std::int64_t boot = plan_.boot_at(ms);
  if (boot != host_.boot || report_.boot_id.empty()) begin_boot(boot);
  host_.busy = busy_at(ms);

  report_.time = time;
  report_.sequence = static_cast<std::uint64_t>((ms - boot) / options_.interval.count()) + 1;
  bool rebuild = sees_containers_ && !report_.containers;
  for (Service& service : services_) rebuild = service.look(ms, host_) || rebuild;
  write_containers(rebuild);
  write_figures(ms);
  write_load(ms);
  write_users(ms);
  return &report_;
}

void Machine::begin_boot(std::int64_t boot) {
  host_.boot = boot;
  report_.boot_id = uuid(mix(mix(seed_, kBoot), boot));
  // Another interval numbers the same boot's reports differently: that is another run.
  std::array<char, 17> run{};
  std::snprintf(
      run.data(), run.size(), "%016llx",
      static_cast<unsigned long long>(mix(mix(mix(seed_, kRun), boot), options_.interval.count())));
  report_.agent_run = run.data();
}

/// How much is going on, 0 to 1.
double Machine::busy_at(std::int64_t ms) const {
  const std::int64_t of_day = ms - floor_div(ms, kDay) * kDay;
  const auto hour = static_cast<std::size_t>(of_day / kHour);
  const double part = static_cast<double>(of_day % kHour) / static_cast<double>(kHour);
  const double rhythm =
      traits_->busy[hour] + (traits_->busy[(hour + 1) % 24] - traits_->busy[hour]) * part;
  const std::uint64_t seed = mix(seed_, kBusy);
  const double wander =
      1 + 0.25 * drift(seed, ms, 25 * kMinute) + 0.1 * drift(seed, ms, 2 * kMinute);
  const double today = is_weekend(plan_.day) ? traits_->weekend : 1;
  return std::clamp(rhythm * wander * today * liveliness_, 0.0, 1.0);
}

void Machine::write_containers(bool rebuild) {
  double cpu = 0;
  double memory = 0;
  busy_jobs_ = 0;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    cpu_ratios_[i] = services_[i].cpu_ratio(host_);
    cpu += cpu_ratios_[i];
    if (services_[i].busy_job()) ++busy_jobs_;
  }
  // What they all want together may be more than there is.
  const double share = cpu > 0.96 ? 0.96 / cpu : 1;
  if (rebuild && sees_containers_) {
    if (!report_.containers) report_.containers.emplace();
    report_.containers->resize(static_cast<std::size_t>(std::count_if(
        services_.begin(), services_.end(), [](const Service& one) { return one.present(); })));
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const Service& service = services_[i];
    if (!service.present()) continue;
    const double bytes = service.memory_bytes(host_);
    memory += bytes;
    if (!sees_containers_) continue;
    model::Container& container = (*report_.containers)[next++];
    if (rebuild) service.describe(container, host_);
    if (container.metrics.empty()) continue;
    container.metrics[0].value = ratio(cpu_ratios_[i] * share);
    container.metrics[1].value = bytes;
  }
  cpu_ratio_ = cpu * share;
  memory_used_bytes_ = memory;
}

void Machine::write_figures(std::int64_t ms) {
  const std::uint64_t system = mix(seed_, kSystem);
  const std::int64_t second = ms / kSecond;
  // The kernel and what runs outside of containers; workstations are used without them.
  const double outside = traits_->kind == MachineKind::workstation ? 0.3 * host_.busy : 0.01;
  cpu_ratio_ = std::min(1.0, cpu_ratio_ + 0.004 + outside * (1 + 0.5 * drift(system, ms, kMinute)) +
                                 0.004 * unit(mix(system, second)));
  const double own = 0.05 + 0.1 * host_.busy + 0.01 * drift(mix(seed_, kMemory), ms, 10 * kMinute);
  const double used = pages(std::min(
      0.98 * host_.memory_bytes, memory_used_bytes_ + std::max(0.03, own) * host_.memory_bytes));

  auto& metrics = report_.metrics;
  metrics[at_cpu].value = ratio(cpu_ratio_);
  metrics[at_memory_used].value = used;
  metrics[at_memory_available].value = host_.memory_bytes - used;
  metrics[at_swap_used].value =
      pages(kSwapBytes * std::max(0.0, 0.08 + 0.08 * drift(mix(seed_, kSwap), ms, 3 * kHour)));
  metrics[at_uptime].value = static_cast<double>((ms - host_.boot) / kSecond);
  if (has_power_) {
    // Processors clock higher as they get busy, so the first percents cost most.
    metrics[at_power].value =
        std::round(10 * (traits_->watts_idle +
                         traits_->watts_per_cpu * host_.cpu_count * std::pow(cpu_ratio_, 0.85) +
                         traits_->watts_per_job * busy_jobs_ + 1.5 * jitter(system, second))) /
        10;
  }
  const std::uint64_t cores = mix(mix(seed_, kCores), second);
  std::int64_t core = 0;
  for (double& one : report_.core_cpu_ratio) {
    one = ratio(cpu_ratio_ * (1 + 0.6 * jitter(cores, core++)));
  }
}

/// Load averages lag behind: the longer, the nearer they stay to what is usual at this hour.
void Machine::write_load(std::int64_t ms) {
  const double now = cpu_ratio_ * host_.cpu_count;
  const double usual = host_.busy * 0.5 * host_.cpu_count + busy_jobs_ * 0.3 * host_.cpu_count;
  const double queue = 0.1 + 0.1 * drift(mix(seed_, kSystem), ms, 3 * kMinute);
  report_.metrics[at_load1].value = hundredths(now * 0.9 + queue);
  report_.metrics[at_load5].value = hundredths(now * 0.4 + usual * 0.5 + queue * 0.7);
  report_.metrics[at_load15].value = hundredths(now * 0.15 + usual * 0.75 + queue * 0.5);
}

void Machine::write_users(std::int64_t ms) {
  const auto here = static_cast<std::size_t>(
      std::count_if(plan_.logins.begin(), plan_.logins.end(),
                    [&](const Login& login) { return login.span.contains(ms); }));
  report_.users.resize(here);
  std::size_t next = 0;
  for (const Login& login : plan_.logins) {
    if (!login.span.contains(ms)) continue;
    model::UserSession& user = report_.users[next];
    user.name = login.name;
    user.terminal = "pts/" + std::to_string(next++);
    user.remote_host = traits_->kind == MachineKind::workstation ? "" : "192.0.2.17";
    user.since = from_unix_ms(login.span.begin - options_.utc_offset.count());
  }
  report_.metrics[at_users].value = static_cast<double>(here);
}

}  // namespace wakeful::sim
