#include "model/report.h"

#include <algorithm>
#include <array>

namespace wakeful::model {
namespace {

struct StateName {
  ContainerState state;
  std::string_view name;
};

constexpr std::array kStateNames = {
    StateName{ContainerState::unknown, "unknown"},
    StateName{ContainerState::created, "created"},
    StateName{ContainerState::running, "running"},
    StateName{ContainerState::paused, "paused"},
    StateName{ContainerState::restarting, "restarting"},
    StateName{ContainerState::removing, "removing"},
    StateName{ContainerState::exited, "exited"},
    StateName{ContainerState::dead, "dead"},
};

}  // namespace

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::native:
      return "native";
    case Origin::monitor_info:
      return "monitor_info";
    case Origin::collector:
      return "collector";
  }
  return "native";
}

std::string_view container_state_name(ContainerState state) {
  return std::ranges::find(kStateNames, state, &StateName::state)->name;
}

std::optional<ContainerState> find_container_state(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name, &StateName::name);
  if (found == kStateNames.end()) return std::nullopt;
  return found->state;
}

}  // namespace wakeful::model
