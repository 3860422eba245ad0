#include "agent/once.h"

#include <utility>

namespace wakeful::agent {
namespace {

constexpr Milliseconds kBetweenReadings{1000};
/// For the whole round: list, inspect of every container. The client's own timeouts are shorter.
constexpr Milliseconds kDockerDeadline{10'000};

}  // namespace

OnceReading::OnceReading(net::Loop& loop, ReportBuilder& builder, DockerSource* docker,
                         std::function<void(const model::Report&)> deliver)
    : loop_(loop), builder_(builder), docker_(docker), deliver_(std::move(deliver)) {}

OnceReading::~OnceReading() {
  if (docker_ != nullptr) docker_->on_idle({});
}

void OnceReading::start() {
  ask_docker([this] { read_first(); });
}

void OnceReading::ask_docker(std::function<void()> then) {
  if (docker_ == nullptr) {
    then();
    return;
  }
  then_ = std::move(then);
  const auto go_on = [this] {
    timer_ = {};
    // Not from within the engine's callback: the next step asks it again.
    loop_.post([this] {
      if (auto next = std::exchange(then_, nullptr)) next();
    });
  };
  timer_ = loop_.after(kDockerDeadline, go_on);
  docker_->on_idle(go_on);
  docker_->refresh();
}

void OnceReading::read_first() {
  builder_.prime();
  if (builder_.unreadable().empty()) {
    wait_a_second();
    return;
  }
  // Figures of some containers come from the engine's stats: these need two readings as well.
  ask_docker([this] {
    builder_.prime();
    wait_a_second();
  });
}

void OnceReading::wait_a_second() {
  timer_ = loop_.after(kBetweenReadings, [this] { ask_docker([this] { deliver(); }); });
}

void OnceReading::deliver() { deliver_(builder_.build()); }

}  // namespace wakeful::agent
