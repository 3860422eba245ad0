// cli/progress_line.h: one line on a terminal that says how far a long command is: percent, amount,
// rate, remaining time. Nothing at all where standard error is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace wakeful::cli {

/// What is counted.
enum class Amount : std::uint8_t { bytes, lines };

struct ProgressState {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t amount = 0;  ///< bytes or lines so far
  std::string_view current;
};

/// " 43 %  1.2 GiB  310.0 MiB/s  0:05 left  samples/2026-11-20.db"
std::string progress_text(const ProgressState& state, Amount amount,
                          std::chrono::steady_clock::duration elapsed);

class ProgressLine {
 public:
  /// err  shown only when it is the terminal of this process
  ProgressLine(std::ostream& err, Amount amount);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Cheap: most calls do nothing.
  void show(const ProgressState& state);
  /// Make room for other output.
  void clear();

 private:
  std::ostream& err_;
  Amount amount_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace wakeful::cli
