#include "agent/agent.h"

#include <algorithm>

namespace wakeful::agent {
namespace {

constexpr Milliseconds kFirstReport{1000};

}  // namespace

Milliseconds docker_lead(Milliseconds interval, Milliseconds last_duration) {
  return std::min(last_duration * 2 + Milliseconds{200}, interval / 2);
}

Agent::Agent(net::Loop& loop, ReportBuilder& builder, DockerSource* docker, Milliseconds interval,
             std::function<void(const model::Report&)> deliver)
    : loop_(loop),
      builder_(builder),
      docker_(docker),
      interval_(interval),
      deliver_(std::move(deliver)) {}

Agent::~Agent() = default;

void Agent::start() {
  if (docker_ != nullptr) docker_->refresh();
  builder_.prime();
  first_ = loop_.after(std::min(kFirstReport, interval_), [this] {
    ticks_ = loop_.every(interval_, [this] { tick(); });
    tick();
  });
}

void Agent::tick() {
  const model::Report report = builder_.build();
  problem_log_.update(report.problems);
  plan_docker();
  deliver_(report);
}

void Agent::plan_docker() {
  if (docker_ == nullptr) return;
  const Milliseconds lead = docker_lead(interval_, docker_->last_duration());
  docker_timer_ = loop_.after(interval_ - lead, [this] { docker_->refresh(); });
}

}  // namespace wakeful::agent
