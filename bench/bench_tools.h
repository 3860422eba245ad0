// bench/bench_tools.h: what the benchmarks that are programs of their own share: time, medians,
// folders, memory, child processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wakeful::bench {

/// Throws: folders and child processes are cleared up on the way out.
[[noreturn]] void die(const std::string& message);

/// Adds up the time between start() and stop().
class Stopwatch {
 public:
  using Steady = std::chrono::steady_clock;
  void start() { since_ = Steady::now(); }
  void stop() { sum_ += Steady::now() - since_; }
  double seconds() const { return std::chrono::duration<double>(sum_).count(); }
  double ms() const { return seconds() * 1e3; }

 private:
  Steady::time_point since_;
  Steady::duration sum_{};
};

double median(std::vector<double> values);

/// How long one call takes, in ms.
template <class F>
double time_ms(F&& call) {
  Stopwatch watch;
  watch.start();
  call();
  watch.stop();
  return watch.ms();
}

/// A folder that goes with this object: in WAKEFUL_BENCH_FOLDER, or with the temporary files.
class BenchFolder {
 public:
  BenchFolder();
  ~BenchFolder();
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What all files below it take on disk (st_blocks, so that holes do not count).
std::uint64_t folder_bytes(const std::filesystem::path& folder);
/// Write back its files and drop them from the page cache; other programs' files stay there.
void forget_cached(const std::filesystem::path& folder);

/// Of this process, in MiB.
double resident_mib();
/// The most that a process ever had, in MiB.
double peak_resident_mib(int pid);

/// What a contender has to say: numbers by name, or why there is none.
struct Figures {
  std::map<std::string, double> values;
  std::map<std::string, std::string> notes;

  void set(const std::string& name, double value) { values[name] = value; }
  /// "no answer: …" stands in the table then.
  void no_answer(const std::string& name, const std::string& why) { notes[name] = why; }
  void add(const Figures& other);
};

/// Run it in a child process, so that memory of one contender does not count for the next. A child
/// that fails is a note.
Figures in_child(const std::string& name, const std::function<void(Figures&)>& work);

/// Runs a benchmark's main part; its exit code.
int guarded_main(const std::function<void()>& work);

/// "--name value" pairs. Anything else ends the program with what is known.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::map<std::string, std::string> known);
  long number(const std::string& name) const;
  double real(const std::string& name) const;
  const std::string& text(const std::string& name) const { return values_.at(name); }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace wakeful::bench
