#include "fleet/detail/cause.h"

#include <algorithm>

namespace wakeful::fleet::detail {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string with_rest(std::int64_t whole, const char* unit, std::int64_t rest, const char* small) {
  std::string text = std::to_string(whole) + unit;
  if (rest != 0) text += " " + std::to_string(rest) + small;
  return text;
}

}  // namespace

std::string duration_text(Milliseconds duration) {
  const auto ms = std::max(duration, Milliseconds(0)).count();
  if (ms < 10'000 && ms % 1000 != 0) {
    const auto tenths = ms / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  }
  const auto whole_seconds = ms / 1000;
  if (duration < minutes(2)) return std::to_string(whole_seconds) + " s";
  const auto whole_minutes = whole_seconds / 60;
  if (duration < hours(2)) return std::to_string(whole_minutes) + " min";
  if (duration < hours(48)) return with_rest(whole_minutes / 60, " h", whole_minutes % 60, " min");
  return std::to_string(whole_minutes / (60 * 24)) + " days";
}

std::string silence_cause(Milliseconds silence, Milliseconds interval, const std::string& since) {
  std::string text = "no report for " + duration_text(silence);
  if (!since.empty()) text += " " + since;
  return text + " (expected every " + duration_text(interval) + ")";
}

std::string return_cause(Milliseconds away) { return "reports again after " + duration_text(away); }

std::string reboot_cause(const model::Report& before, const model::Report& after) {
  std::string text = "started again: new boot id";
  const auto& old_kernel = before.facts.kernel;
  const auto& new_kernel = after.facts.kernel;
  if (!old_kernel.empty() && !new_kernel.empty() && old_kernel != new_kernel) {
    text += ", kernel " + old_kernel + " became " + new_kernel;
  }
  return text;
}

}  // namespace wakeful::fleet::detail
