// sim/machine.h: a simulated host that behaves as machines do, for trials and demonstrations.
//
// It has a daily rhythm and weekends; its containers are deployed anew, crash, leak memory until
// they are ended, and run jobs; people log in and out; it is started anew, sleeps, is switched off
// or cannot be reached for a while; its power draw follows what it does. Four kinds, see kind.cc.
// Everything follows from the seed, the number and the time: the same question gets the same answer,
// also in another process. Used by `wakeful demo`. Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/report.h"
#include "sim/day_plan.h"
#include "sim/kind.h"
#include "sim/service.h"

namespace wakeful::sim {

struct MachineOptions {
  std::uint64_t seed = 1;         ///< of the fleet
  std::uint32_t number = 0;       ///< of the machine in its fleet; decides its kind
  Milliseconds interval{10'000};  ///< between two reports, over 0
  Milliseconds utc_offset{0};     ///< of the place it stands in: when its day begins
};

class Machine {
 public:
  explicit Machine(const MachineOptions& options);

  /// Unique in its fleet: "web-07".
  const std::string& name() const { return name_; }
  MachineKind kind() const { return traits_->kind; }

  /// What it says at this time; nullptr while nothing is heard of it. The sequence counts the
  /// intervals since the boot, so it grows by one with each report when times are one interval
  /// apart, and times must not be closer. Times may come in any order; ascending is quick.
  /// The report is valid until the next call.
  const model::Report* report(WallTime time);

 private:
  void make_services();
  void write_facts();
  void begin_boot(std::int64_t boot);
  double busy_at(std::int64_t ms) const;
  void write_containers(bool rebuild);
  void write_figures(std::int64_t ms);
  void write_load(std::int64_t ms);
  void write_users(std::int64_t ms);

  MachineOptions options_;
  const Traits* traits_;
  std::uint64_t seed_;
  std::string name_;
  bool has_power_ = false;
  bool sees_containers_ = true;
  double liveliness_ = 1;  ///< some machines are there and nobody uses them
  Host host_;
  std::vector<Service> services_;
  std::vector<double> cpu_ratios_;  ///< of the services
  double cpu_ratio_ = 0;
  double memory_used_bytes_ = 0;
  int busy_jobs_ = 0;
  DayPlan plan_;
  model::Report report_;
};

}  // namespace wakeful::sim
