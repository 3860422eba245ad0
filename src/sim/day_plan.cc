#include "sim/day_plan.h"

#include <algorithm>
#include <optional>

#include "sim/noise.h"

namespace wakeful::sim {
namespace {

// Each kind of chance has a seed of its own.
enum Salt : std::int64_t { kReboot = 1, kDesk, kSleep, kSilence, kLogin };

std::int64_t between(std::uint64_t bits, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(unit(bits) * static_cast<double>(high - low));
}

/// When a workstation is switched on on this day, if it is.
std::optional<Span> desk_hours(std::uint64_t seed, std::int64_t day) {
  const std::uint64_t bits = mix(mix(seed, kDesk), day);
  if (unit(bits) >= (is_weekend(day) ? 0.06 : 0.93)) return std::nullopt;
  const std::int64_t start = day * kDay;
  return Span{start + between(mix(bits, 1), 7 * kHour + 30 * kMinute, 9 * kHour + 45 * kMinute),
              start + between(mix(bits, 2), 17 * kHour, 20 * kHour)};
}

/// Servers are started anew for updates, mostly at night.
Span reboot_span(std::uint64_t seed, std::int64_t moment) {
  return {moment, moment + between(mix(seed, moment), 50 * kSecond, 150 * kSecond)};
}

Happening reboots(std::uint64_t seed) {
  return {mix(seed, kReboot), 1.0 / 25, 3 * kHour, 5 * kHour, true, 60};
}

void plan_desk(DayPlan& plan, std::uint64_t seed) {
  const std::int64_t start = plan.day * kDay;
  if (const auto hours = desk_hours(seed, plan.day)) {
    plan.away.push_back({start, hours->begin});
    plan.away.push_back({hours->end, start + kDay});
    plan.boots.push_back({hours->begin, hours->begin});
  } else {
    plan.away.push_back({start, start + kDay});
  }
  // It is away until its first boot, so what it was before hardly matters; it must exist.
  plan.last_boot = start - kDay;
  for (std::int64_t day = plan.day - 1; day > plan.day - 30; --day) {
    if (const auto hours = desk_hours(seed, day)) {
      plan.last_boot = hours->begin;
      return;
    }
  }
}

void plan_server(DayPlan& plan, std::uint64_t seed) {
  const Happening happening = reboots(seed);
  if (const auto moment = happening.on(plan.day)) {
    plan.boots.push_back(reboot_span(seed, *moment));
    plan.away.push_back(plan.boots.back());
  }
  plan.last_boot = reboot_span(seed, happening.last(plan.day * kDay - 1)).end;
}

/// Half of the machines at home sleep through most nights.
void plan_sleep(DayPlan& plan, std::uint64_t seed) {
  const std::uint64_t bits = mix(mix(seed, kSleep), plan.day);
  if (unit(mix(seed, kSleep)) < 0.5 || unit(bits) < 0.2) return;
  const std::int64_t start = plan.day * kDay;
  plan.away.push_back({start + between(mix(bits, 1), kHour, 2 * kHour),
                       start + between(mix(bits, 2), 6 * kHour, 7 * kHour)});
}

/// The machine runs on, but nothing is heard of it.
void plan_silence(DayPlan& plan, std::uint64_t seed) {
  const std::uint64_t bits = mix(mix(seed, kSilence), plan.day);
  if (unit(bits) >= 1.0 / 12) return;
  const std::int64_t begin = plan.day * kDay + between(mix(bits, 1), 0, 23 * kHour);
  plan.away.push_back({begin, begin + between(mix(bits, 2), 2 * kMinute, 40 * kMinute)});
}

void plan_logins(DayPlan& plan, const Traits& traits, std::uint64_t seed) {
  const std::int64_t start = plan.day * kDay;
  std::int64_t person = 0;
  for (const std::string_view name : traits.people) {
    const std::uint64_t bits = mix(mix(seed, kLogin), plan.day * 8 + person++);
    const double chance = traits.login_chance * (is_weekend(plan.day) ? 0.15 : 1);
    if (unit(bits) >= chance) continue;
    const std::int64_t begin = start + between(mix(bits, 1), 8 * kHour, 15 * kHour);
    plan.logins.push_back({name, {begin, begin + between(mix(bits, 2), kHour / 4, 5 * kHour)}});
  }
}

}  // namespace

bool DayPlan::is_away(std::int64_t ms) const {
  return std::any_of(away.begin(), away.end(), [&](const Span& span) { return span.contains(ms); });
}

std::int64_t DayPlan::boot_at(std::int64_t ms) const {
  return !boots.empty() && ms >= boots.front().end ? boots.front().end : last_boot;
}

DayPlan plan_day(MachineKind kind, std::uint64_t seed, std::int64_t day) {
  DayPlan plan;
  plan.day = day;
  if (kind == MachineKind::workstation) {
    plan_desk(plan, seed);
  } else {
    plan_server(plan, seed);
  }
  if (kind == MachineKind::home_nas) plan_sleep(plan, seed);
  plan_silence(plan, seed);
  plan_logins(plan, traits_of(kind), seed);
  return plan;
}

}  // namespace wakeful::sim
