// agent/once.h: --once: one report, read with care, sent once.
//
// Used by: run_agent. Lives on the loop's thread. Rates need two readings a second apart; the
// engine is waited for, within a deadline, where the daemon would not.
#pragma once

#include <functional>

#include "agent/docker_source.h"
#include "agent/report_builder.h"
#include "net/loop.h"

namespace wakeful::agent {

class OnceReading {
 public:
  /// docker  may be null
  OnceReading(net::Loop& loop, ReportBuilder& builder, DockerSource* docker,
              std::function<void(const model::Report&)> deliver);
  ~OnceReading();
  OnceReading(const OnceReading&) = delete;
  OnceReading& operator=(const OnceReading&) = delete;

  /// Read, wait a second, read again, deliver.
  void start();

 private:
  /// Ask the engine, then go on: when it has answered, or the deadline has passed.
  void ask_docker(std::function<void()> then);
  void read_first();
  void wait_a_second();
  void deliver();

  net::Loop& loop_;
  ReportBuilder& builder_;
  DockerSource* docker_;
  std::function<void(const model::Report&)> deliver_;
  std::function<void()> then_;
  net::Loop::Timer timer_;
};

}  // namespace wakeful::agent
