// bench/fleet_workload.h: the fleet that the store's benchmarks measure: 1,000 servers, 35 series each.
//
// A server has CPU, memory used (and its share of a constant total), power and users; each of its 10
// containers CPU, memory, and memory's share of the host. Every 10 s each value takes a step of a
// random walk, rounded as agents round: percents and MiB to two digits, watts to one. Three containers
// of ten are idle. Counted as people count series that makes 5 + 10 x 3 = 35; the shares follow from
// the rest, so a report carries 24 of them and the total. Deterministic.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "store/samples.h"

namespace wakeful::bench {

inline constexpr int kSeriesOfServer = 5;
inline constexpr int kSeriesOfContainer = 3;
inline constexpr Milliseconds kInterval{10'000};

constexpr int series_of_report(int containers) {
  return kSeriesOfServer + kSeriesOfContainer * containers;
}

/// Marsaglia's xorshift with 64 bits: quick, and good enough to make load.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed | 1) {
    for (int i = 0; i < 8; ++i) next();
  }
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  /// 0 to 1
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// -1.5 to 1.5, mostly near 0
  double bell() { return unit() + unit() + unit() - 1.5; }

 private:
  std::uint64_t state_;
};

struct ContainerFigures {
  double cpu_percent = 0;
  double memory_mib = 0;
  double memory_percent = 0;  ///< of the host
};

struct ServerFigures {
  double cpu_percent = 0;
  std::int64_t memory_used_mib = 0;
  std::int64_t memory_total_mib = 0;
  double memory_percent = 0;
  double power_watts = 0;
  int users = 0;
  std::vector<ContainerFigures> containers;
};

/// One server's random walk.
class WalkingServer {
 public:
  WalkingServer(std::uint64_t seed, int containers) : random_(seed) {
    cpu_ = random_.unit() * 60;
    figures_.memory_total_mib = std::int64_t{32'768} << (random_.next() % 4);
    used_ =
        std::floor(static_cast<double>(figures_.memory_total_mib) * (0.2 + 0.5 * random_.unit()));
    figures_.users = static_cast<int>(random_.next() % 5);
    for (int i = 0; i < containers; ++i) {
      Inner one;
      one.idle = random_.unit() < 0.3;
      one.cpu = one.idle ? 0.02 : random_.unit() * 40;
      one.memory = 20 + random_.unit() * 4'000;
      inner_.push_back(one);
    }
    figures_.containers.resize(inner_.size());
  }

  /// The figures 10 s later; valid until the next call.
  const ServerFigures& step() {
    cpu_ = std::clamp(cpu_ + random_.bell() * 3 + (25 - cpu_) * 0.01, 0.0, 100.0);
    const auto total = static_cast<double>(figures_.memory_total_mib);
    if (random_.unit() < 0.2) {
      used_ = std::clamp(used_ + std::floor((random_.unit() - 0.5) * 60), 500.0, total);
    }
    figures_.cpu_percent = rounded(cpu_, 100);
    figures_.memory_used_mib = static_cast<std::int64_t>(used_);
    figures_.memory_percent = rounded(used_ / total * 100, 100);
    figures_.power_watts = rounded(90 + cpu_ * 2.6 + random_.bell() * 3, 10);
    if (random_.unit() < 0.002) {
      figures_.users = std::max(0, figures_.users + (random_.unit() < 0.5 ? -1 : 1));
    }
    for (std::size_t i = 0; i < inner_.size(); ++i) step_container(i, total);
    return figures_;
  }

 private:
  struct Inner {
    double cpu = 0;
    double memory = 0;
    bool idle = false;
  };

  static double rounded(double value, double steps) { return std::round(value * steps) / steps; }

  void step_container(std::size_t index, double total) {
    Inner& one = inner_[index];
    one.cpu = one.idle
                  ? std::max(0.0, 0.02 + random_.bell() * 0.03)
                  : std::clamp(one.cpu + random_.bell() * 2 + (15 - one.cpu) * 0.02, 0.0, 100.0);
    if (random_.unit() < 0.3) one.memory = std::max(1.0, one.memory + (random_.unit() - 0.5) * 2);
    figures_.containers[index] = {rounded(one.cpu, 100), rounded(one.memory, 100),
                                  rounded(one.memory / total * 100, 100)};
  }

  Random random_;
  double cpu_ = 0;
  double used_ = 0;
  std::vector<Inner> inner_;
  ServerFigures figures_;
};

class FleetWorkload {
 public:
  FleetWorkload(int servers, int containers, std::uint64_t seed = 42) {
    for (int i = 0; i < servers; ++i) {
      const auto number = static_cast<std::uint64_t>(i + 1);
      servers_.emplace_back(seed * 0x9e3779b97f4a7c15 ^ number * 0xbf58476d1ce4e5b9, containers);
    }
  }
  int size() const { return static_cast<int>(servers_.size()); }
  const ServerFigures& step(int server) {
    return servers_[static_cast<std::size_t>(server)].step();
  }

 private:
  std::vector<WalkingServer> servers_;
};

inline std::string numbered(const char* format, int first, int second = 0) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, first, second);
  return text.data();
}
inline std::string server_name(int server) { return numbered("srv%04d", server); }
inline std::string container_name(int server, int container) {
  return numbered("svc%02d-%04d", container, server);
}

/// Reports as the server's decoder makes them, in places that are used again.
class ReportBatch {
 public:
  /// first_id  the ServerId of the workload's first server
  ReportBatch(std::size_t size, int containers, std::int64_t first_id = 1) : first_id_(first_id) {
    reports_.resize(size);
    owners_.resize(size, -1);
    for (store::AcceptedReport& one : reports_) prepare(one.report, containers);
  }
  std::size_t size() const { return reports_.size(); }

  /// The next reports of servers first, first + 1, …; valid until the next call.
  std::span<const store::AcceptedReport> fill(FleetWorkload& fleet, int first, std::size_t count,
                                              std::int64_t tick, WallTime time) {
    for (std::size_t i = 0; i < count; ++i) {
      put(i, first + static_cast<int>(i), fleet.step(first + static_cast<int>(i)), tick, time);
    }
    return {reports_.data(), count};
  }
  /// As fill, but of one server, one interval after the other.
  std::span<const store::AcceptedReport> fill_ticks(FleetWorkload& fleet, int server,
                                                    std::size_t count, std::int64_t first_tick,
                                                    WallTime first_time) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto step = static_cast<std::int64_t>(i);
      put(i, server, fleet.step(server), first_tick + step, first_time + kInterval * step);
    }
    return {reports_.data(), count};
  }

 private:
  static constexpr double kMib = 1 << 20;

  static void prepare(model::Report& report, int containers) {
    using model::Metric;
    report.boot_id = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10";
    report.agent_run = "5f0c1e2d3a4b5968";
    report.interval = kInterval;
    report.facts = {"", "6.1.0-18-amd64", "Debian GNU/Linux 12 (bookworm)", "x86_64", "0.1.0", 16};
    report.metrics = {{Metric::host_cpu_ratio, 0},
                      {Metric::host_memory_total_bytes, 0},
                      {Metric::host_memory_used_bytes, 0},
                      {Metric::host_users, 0},
                      {Metric::host_power_watts, 0}};
    auto& list = report.containers.emplace(static_cast<std::size_t>(containers));
    for (model::Container& one : list) {
      one.state = model::ContainerState::running;
      one.metrics = {{Metric::container_cpu_ratio, 0}, {Metric::container_memory_used_bytes, 0}};
    }
  }

  void put(std::size_t place, int server, const ServerFigures& figures, std::int64_t tick,
           WallTime time) {
    store::AcceptedReport& accepted = reports_[place];
    if (owners_[place] != server) rename(accepted, server);
    owners_[place] = server;
    accepted.key.sequence = tick + 1;
    accepted.time = time;
    accepted.received = time + Milliseconds(37);
    model::Report& report = accepted.report;
    report.sequence = static_cast<std::uint64_t>(tick + 1);
    report.time = time;
    auto& metrics = report.metrics;
    metrics[0].value = figures.cpu_percent / 100;
    metrics[1].value = static_cast<double>(figures.memory_total_mib) * kMib;
    metrics[2].value = static_cast<double>(figures.memory_used_mib) * kMib;
    metrics[3].value = figures.users;
    metrics[4].value = figures.power_watts;
    for (std::size_t i = 0; i < report.containers->size(); ++i) {
      auto& values = (*report.containers)[i].metrics;
      values[0].value = figures.containers[i].cpu_percent / 100;
      values[1].value = figures.containers[i].memory_mib * kMib;
    }
  }

  /// Most batches are of other servers than the one before.
  void rename(store::AcceptedReport& accepted, int server) const {
    accepted.server = model::ServerId{first_id_ + server};
    accepted.key.source = 0x9e3779b97f4a7c15 * static_cast<std::uint64_t>(server + 1);
    accepted.report.facts.hostname = server_name(server);
    int number = 0;
    for (model::Container& one : *accepted.report.containers) {
      one.name = container_name(server, number);
      std::array<char, 32> id{};
      std::snprintf(id.data(), id.size(), "%012x%04x", static_cast<unsigned>(server),
                    static_cast<unsigned>(number++));
      std::memcpy(one.id.data(), id.data(), 16);
    }
  }

  std::int64_t first_id_;
  std::vector<store::AcceptedReport> reports_;
  std::vector<int> owners_;  ///< whose report stands in each place
};

}  // namespace wakeful::bench
