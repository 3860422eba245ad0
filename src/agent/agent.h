// agent/agent.h: the schedule: a report at every planned tick, the engine asked shortly before.
//
// Used by: run_agent. Lives on the loop's thread. A tick never waits for the engine or the server.
#pragma once

#include <functional>
#include <memory>

#include "agent/docker_source.h"
#include "agent/problem_log.h"
#include "agent/report_builder.h"
#include "base/clock.h"
#include "model/report.h"
#include "net/loop.h"

namespace wakeful::agent {

class Agent {
 public:
  /// deliver  gets every report, on the loop's thread
  /// docker   may be null
  Agent(net::Loop& loop, ReportBuilder& builder, DockerSource* docker, Milliseconds interval,
        std::function<void(const model::Report&)> deliver);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// First readings now, the first report a second later (CPU needs two readings), then one every
  /// interval.
  void start();

 private:
  void tick();
  void plan_docker();

  net::Loop& loop_;
  ReportBuilder& builder_;
  DockerSource* docker_;
  Milliseconds interval_;
  std::function<void(const model::Report&)> deliver_;
  ProblemLog problem_log_;
  net::Loop::Timer first_;
  net::Loop::Timer ticks_;
  net::Loop::Timer docker_timer_;
};

/// How long before a tick the engine is asked, so that its list is fresh and yet there in time.
Milliseconds docker_lead(Milliseconds interval, Milliseconds last_duration);

}  // namespace wakeful::agent
