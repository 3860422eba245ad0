// sim/service.h: one container of a simulated machine: deployed, crashing, leaking, or a job that
// comes and goes.
//
// Used by machine.h. Not thread-safe; times are milliseconds of local time, in any order (ascending
// is quick).
#pragma once

#include <cstdint>
#include <string>

#include "model/report.h"
#include "sim/kind.h"
#include "sim/noise.h"

namespace wakeful::sim {

/// The machine a container runs on.
struct Host {
  double cpu_count = 1;
  double memory_bytes = 0;
  double busy = 0;        ///< 0 to 1: how much is going on
  std::int64_t boot = 0;  ///< nothing runs longer than its host
};

class Service {
 public:
  /// number  of this role on its machine, so that names differ: "shop", "shop-2"
  Service(const Role& role, std::uint64_t seed, int number);

  /// Look at a moment. True when more than figures has changed since the last look.
  bool look(std::int64_t ms, const Host& host);

  // What it is at the moment of the last look:
  bool present() const { return phase_.stage != Stage::absent; }
  bool running() const { return phase_.stage == Stage::running; }
  bool busy_job() const { return role_->job && running(); }
  double cpu_ratio(const Host& host) const;
  double memory_bytes(const Host& host) const;
  /// Everything but the figures. Without metrics if it does not run.
  void describe(model::Container& container, const Host& host) const;

 private:
  enum class Stage : std::uint8_t { absent, running, restarting, exited };
  /// What stays the same from one moment until another.
  struct Phase {
    std::int64_t from = 0;
    std::int64_t until = 0;  ///< 0: not looked yet
    Stage stage = Stage::absent;
    std::int64_t started = 0;     ///< or ended, if it does not run
    std::int64_t generation = 0;  ///< moment of the deployment that made it
    int exit_code = 0;
    std::int64_t boot = 0;
  };

  Phase job_phase(std::int64_t ms, const Host& host) const;
  Phase service_phase(std::int64_t ms, const Host& host) const;
  std::int64_t job_end(std::int64_t start) const;
  std::int64_t memory_limit_bytes(const Host& host) const;
  void write_status(std::int64_t ms);

  const Role* role_;
  std::uint64_t seed_;
  std::string name_;
  Happening deployments_;
  Happening crashes_;
  std::int64_t leak_period_ = 0;  ///< from start to the limit
  bool limited_ = false;
  std::int64_t now_ = 0;
  Phase phase_;
  std::string status_;  ///< in the engine's words
  std::int64_t status_from_ = 0;
  std::int64_t status_until_ = 0;
};

}  // namespace wakeful::sim
