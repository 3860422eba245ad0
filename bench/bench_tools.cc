#include "bench_tools.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>

namespace wakeful::bench {
namespace {

double status_mib(const std::string& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) return std::strtod(line.c_str() + key.size(), nullptr) / 1024;
  }
  return NAN;
}

template <class F>
void each_file(const std::filesystem::path& folder, const F& call) {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    // Files may go while we look: a merge, a checkpoint.
    if (entry.is_regular_file(error)) call(entry.path());
  }
}

}  // namespace

void die(const std::string& message) { throw std::runtime_error(message); }

int guarded_main(const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, error.what());
    return 1;
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

BenchFolder::BenchFolder() {
  const char* base = std::getenv("WAKEFUL_BENCH_FOLDER");
  auto pattern =
      (base != nullptr ? std::filesystem::path(base) : std::filesystem::temp_directory_path()) /
      "wakeful-bench-XXXXXX";
  std::string text = pattern.string();
  if (::mkdtemp(text.data()) == nullptr) die("cannot make a folder like " + text);
  path_ = text;
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  each_file(folder, [&](const std::filesystem::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  });
  return bytes;
}

void forget_cached(const std::filesystem::path& folder) {
  each_file(folder, [](const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ::fsync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  });
}

double resident_mib() { return status_mib("/proc/self/status", "VmRSS:"); }

double peak_resident_mib(int pid) {
  return status_mib("/proc/" + std::to_string(pid) + "/status", "VmHWM:");
}

void Figures::add(const Figures& other) {
  values.insert(other.values.begin(), other.values.end());
  notes.insert(other.notes.begin(), other.notes.end());
}

Figures in_child(const std::string& name, const std::function<void(Figures&)>& work) {
  std::fflush(nullptr);
  std::array<int, 2> channel{};
  if (::pipe(channel.data()) != 0) die("no pipe");
  const pid_t pid = ::fork();
  if (pid < 0) die("cannot make a process");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a benchmark that is broken off leaves nothing running
    ::close(channel[0]);
    Figures figures;
    try {
      work(figures);
    } catch (const std::exception& error) {
      figures.no_answer(name, error.what());
    }
    std::ostringstream out;
    out.precision(17);
    for (const auto& [key, value] : figures.values) out << "= " << key << '\t' << value << '\n';
    for (auto [key, text] : figures.notes) {
      std::replace(text.begin(), text.end(), '\n', ' ');
      out << "! " << key << '\t' << text << '\n';
    }
    const std::string text = out.str();
    const bool written =
        ::write(channel[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    std::fflush(nullptr);
    std::_Exit(written ? 0 : 1);
  }
  ::close(channel[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(channel[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(channel[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  Figures figures;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string key = line.substr(2, tab - 2);
    if (line[0] == '=') figures.set(key, std::strtod(line.c_str() + tab + 1, nullptr));
    if (line[0] == '!') figures.no_answer(key, line.substr(tab + 1));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    figures.no_answer(name, "its process failed, see above");
  }
  return figures;
}

Arguments::Arguments(int argc, char** argv, std::map<std::string, std::string> known)
    : values_(std::move(known)) {
  for (int i = 1; i < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string name = flag.starts_with("--") ? flag.substr(2) : "";
    if (!values_.contains(name) || i + 1 == argc) {
      std::string list;
      for (const auto& [key, value] : values_) list += " --" + key + " " + value;
      die("expected --NAME VALUE, got " + flag +
          "; known, with what they are if not given:" + list);
    }
    values_[name] = argv[i + 1];
  }
}

long Arguments::number(const std::string& name) const {
  const std::string& text = values_.at(name);
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (end == text.c_str() || *end != '\0' || value < 0) die("--" + name + ": expected a number");
  return value;
}

double Arguments::real(const std::string& name) const {
  const std::string& text = values_.at(name);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(value >= 0))
    die("--" + name + ": expected a number");
  return value;
}

}  // namespace wakeful::bench
