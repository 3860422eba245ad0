// agent/report_builder.h: one report from all collectors and the engine's containers.
//
// Used by: the agent and its --once mode. Reads files, waits for nothing else. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collect/collector.h"
#include "collect/containers.h"
#include "model/report.h"

namespace wakeful::agent {

class DockerSource;

/// A random id of an agent's run: 16 hexadecimal digits.
std::string make_run_id();

class ReportBuilder {
 public:
  struct Options {
    collect::Context context;  ///< its clock must outlive the builder
    Milliseconds interval{8000};
    std::string run_id;
  };

  /// docker  may be null: then containers are not asked for and not reported
  ReportBuilder(Options options, DockerSource* docker);
  ~ReportBuilder();
  ReportBuilder(const ReportBuilder&) = delete;
  ReportBuilder& operator=(const ReportBuilder&) = delete;

  /// Read everything now. The sequence number grows with every call.
  model::Report build();
  /// Read everything for the sake of the rates of the next report; gives nothing and uses no
  /// sequence number.
  void prime();
  /// Running containers whose cgroup files could not be read by the last build.
  const std::vector<std::string>& unreadable() const { return unreadable_; }

 private:
  struct Source {
    const collect::Entry* entry = nullptr;
    std::unique_ptr<collect::Collector> collector;  ///< null: could not be made, see error
    Error error{Errc::unsupported, {}};
    MonoTime tried;
  };

  void make(Source& source);
  void run(Source& source, model::Report& report);
  void add_containers(model::Report& report);
  model::Report read();

  Options options_;
  const Clock& clock_;
  DockerSource* docker_;
  collect::ContainerFigures figures_;
  std::vector<Source> sources_;
  std::vector<std::string> unreadable_;
  std::uint64_t sequence_ = 0;
};

}  // namespace wakeful::agent
