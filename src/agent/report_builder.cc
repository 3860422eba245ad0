#include "agent/report_builder.h"

#include <array>

#include <sys/random.h>

#include "agent/docker_source.h"
#include "base/check.h"
#include "base/log.h"
#include "base/strings.h"

namespace wakeful::agent {
namespace {

/// A source that could not be opened, though this machine has it, is tried again after this.
constexpr std::chrono::seconds kRetryMake{60};
/// The server takes texts of 1,024 bytes.
constexpr std::size_t kMaxTextBytes = 1000;

}  // namespace

std::string make_run_id() {
  std::array<unsigned char, 8> bytes{};
  WAKEFUL_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return to_hex(bytes);
}

ReportBuilder::ReportBuilder(Options options, DockerSource* docker)
    : options_(std::move(options)),
      clock_(*options_.context.clock),
      docker_(docker),
      figures_(options_.context) {
  for (const collect::Entry& entry : collect::all_collectors()) {
    Source source;
    source.entry = &entry;
    make(source);
    if (!source.collector && source.error.code == Errc::unsupported) {
      log::info("agent", "this machine does not have a source",
                {{"source", entry.name}, {"reason", source.error}});
      continue;
    }
    sources_.push_back(std::move(source));
  }
}

ReportBuilder::~ReportBuilder() = default;

void ReportBuilder::make(Source& source) {
  source.tried = clock_.mono_now();
  auto made = source.entry->make(options_.context);
  if (made) {
    source.collector = std::move(*made);
  } else {
    source.error = std::move(made.error());
  }
}

void ReportBuilder::run(Source& source, model::Report& report) {
  if (!source.collector && clock_.mono_now() - source.tried >= kRetryMake) make(source);
  if (!source.collector) {
    report.problems.push_back(
        {std::string(source.entry->name), source.error.code, source.error.message});
    return;
  }
  const auto done = source.collector->collect(report);
  if (done || done.error().code == Errc::no_data) return;
  report.problems.push_back(
      {std::string(source.entry->name), done.error().code, done.error().message});
}

void ReportBuilder::add_containers(model::Report& report) {
  unreadable_.clear();
  if (docker_ == nullptr) return;
  DockerSnapshot snapshot = docker_->current();
  if (snapshot.problem) report.problems.push_back(std::move(*snapshot.problem));
  if (!snapshot.containers) return;
  if (!report.containers) report.containers.emplace();
  unreadable_ = figures_.add_to(report, *snapshot.containers, docker_->stats());
  docker_->set_unreadable(unreadable_);
}

model::Report ReportBuilder::read() {
  model::Report report;
  report.time = clock_.wall_now();
  report.interval = options_.interval;
  report.agent_run = options_.run_id;
  report.facts.agent_version = WAKEFUL_VERSION;
  for (Source& source : sources_) run(source, report);
  add_containers(report);
  // Repeats must be recognised even without a boot id, whose collector has told of the problem. A
  // restart of the agent then looks like a reboot.
  if (report.boot_id.empty()) report.boot_id = "run-" + options_.run_id;
  for (auto& problem : report.problems) problem.message = shorten(problem.message, kMaxTextBytes);
  return report;
}

void ReportBuilder::prime() { static_cast<void>(read()); }

model::Report ReportBuilder::build() {
  model::Report report = read();
  report.sequence = ++sequence_;
  return report;
}

}  // namespace wakeful::agent
