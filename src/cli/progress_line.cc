#include "cli/progress_line.h"

#include <algorithm>
#include <iostream>
#include <unistd.h>

#include "base/strings.h"

namespace wakeful::cli {
namespace {

using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds kBetween{200};
/// An estimate from less says nothing.
constexpr Seconds kEstimateAfter{1.0};
constexpr std::size_t kNameBytes = 30;

std::string show_amount(std::uint64_t amount, Amount kind) {
  return kind == Amount::bytes ? format_bytes(amount) : std::to_string(amount) + " lines";
}

std::string two_digits(std::uint64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string show_remaining(std::uint64_t seconds) {
  const auto minutes = seconds / 60 % 60;
  const auto hours = seconds / 3600;
  if (hours == 0) return std::to_string(minutes) + ":" + two_digits(seconds % 60);
  return std::to_string(hours) + ":" + two_digits(minutes) + ":" + two_digits(seconds % 60);
}

}  // namespace

std::string progress_text(const ProgressState& state, Amount amount,
                          steady_clock::duration elapsed) {
  const double total = static_cast<double>(std::max<std::uint64_t>(1, state.total));
  const double share = std::min(1.0, static_cast<double>(state.done) / total);
  const auto percent = std::to_string(static_cast<int>(share * 100));
  std::string text = std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent +
                     " %  " + show_amount(state.amount, amount);
  const double seconds = Seconds(elapsed).count();
  if (Seconds(elapsed) >= kEstimateAfter) {
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(state.amount) / seconds);
    text += "  " + show_amount(rate, amount) + "/s";
    if (share > 0) {
      const auto left = static_cast<std::uint64_t>(seconds / share - seconds);
      text += "  " + show_remaining(left) + " left";
    }
  }
  return text + "  " + shorten(state.current, kNameBytes);
}

ProgressLine::ProgressLine(std::ostream& err, Amount amount)
    : err_(err),
      amount_(amount),
      shown_(&err == &std::cerr && ::isatty(STDERR_FILENO) == 1),
      begin_(steady_clock::now()),
      next_(begin_ + kBetween) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const ProgressState& state) {
  if (!shown_) return;
  const auto now = steady_clock::now();
  if (now < next_) return;
  next_ = now + kBetween;
  // Back to the line's begin, and away with what is left of a longer one.
  err_ << '\r' << progress_text(state, amount_, now - begin_) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void ProgressLine::clear() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace wakeful::cli
