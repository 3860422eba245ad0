// sim/kind.h: what kinds of machines there are, and what runs on each: tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace wakeful::sim {

enum class MachineKind : std::uint8_t { web_server, batch_box, home_nas, workstation };

/// What a container is there for.
struct Role {
  std::string_view name;
  std::string_view image;
  double cpu_ratio;     ///< of the host, when the machine is as busy as it gets
  double memory_ratio;  ///< of the host, when freshly started
  double deployments;   ///< a day
  bool renamed;         ///< each deployment brings a new name; otherwise only a new id
  bool leaks;           ///< until the kernel ends it at its limit
  bool job;             ///< runs for a while, then ends
};

struct Traits {
  MachineKind kind;
  std::string_view prefix;                ///< of the names
  std::array<double, 24> busy;            ///< by hour of a working day, 0 to 1
  double weekend;                         ///< of that
  std::array<int, 4> cpus;                ///< one of these
  std::array<int, 4> memory_gib_per_cpu;  ///< one of these
  double watts_idle;
  double watts_per_cpu;
  double watts_per_job;
  double has_power;  ///< chance that its agent knows the power draw
  std::array<std::string_view, 3> people;
  double login_chance;  ///< of each of them, on a working day
  std::size_t least_containers;
  std::span<const Role> roles;
};

const Traits& traits_of(MachineKind kind);
/// A fleet has all kinds, web servers most.
MachineKind kind_of_number(std::uint32_t number);

}  // namespace wakeful::sim
