// The baseline that is the best of its kind: Debian's victoria-metrics, fed over HTTP by one client.
//
// Its line protocol import takes the most samples a second of what a client can make easily. Making a
// request's text does not count, only the exchange.
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "day.h"
#include "loopback_http.h"

namespace wakeful::bench {
namespace {

constexpr const char* kProgram = "victoria-metrics";
constexpr int kServersOfRequest = 100;
constexpr auto kPatience = std::chrono::seconds(120);
constexpr auto kLook = std::chrono::milliseconds(100);

bool is_installed() {
  std::string_view path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    const auto file = std::filesystem::path(path.substr(0, end)) / kProgram;
    if (::access(file.c_str(), X_OK) == 0) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

/// Waits for something that another program does; ends the benchmark if it never does.
template <class F>
void wait_until(const char* what, const F& done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) die(std::string("waited in vain for ") + what);
    std::this_thread::sleep_for(kLook);
  }
}

/// The program on a folder and a free port; ended with this object.
class Victoria {
 public:
  explicit Victoria(const std::filesystem::path& data) : port_(free_port()), http_(port_) {
    const std::string storage = "-storageDataPath=" + data.string();
    const std::string listen = "-httpListenAddr=127.0.0.1:" + std::to_string(port_);
    pid_ = ::fork();
    if (pid_ < 0) die("cannot make a process");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a benchmark that is broken off leaves nothing running
      const int null = ::open("/dev/null", O_RDWR);
      ::dup2(null, STDOUT_FILENO);
      ::dup2(null, STDERR_FILENO);
      ::execlp(kProgram, kProgram, storage.c_str(), listen.c_str(), "-search.latencyOffset=0s",
               nullptr);
      std::_Exit(127);
    }
    try {
      wait_until("victoria-metrics to answer", [this] {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
          pid_ = -1;
          die("victoria-metrics ended at once");
        }
        return http_.answers("/health");
      });
    } catch (...) {
      end();
      throw;
    }
  }
  ~Victoria() { end(); }
  Victoria(const Victoria&) = delete;
  Victoria& operator=(const Victoria&) = delete;

  LoopbackHttp& http() { return http_; }
  double peak_mib() const { return peak_resident_mib(pid_); }

  void flush() { http_.get("/internal/force_flush"); }
  /// Merge everything into as few parts as it likes best.
  void merge() {
    http_.get("/internal/force_merge");
    wait_until("the merge", [this] {
      const std::string metrics = http_.get("/metrics");
      return metrics.find("\nvm_active_force_merges 0") != std::string::npos;
    });
  }

 private:
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
      std::this_thread::sleep_for(kLook);
    }
    pid_ = -1;
  }

  std::uint16_t port_;
  LoopbackHttp http_;
  pid_t pid_ = -1;
};

void add_number(std::string& out, double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

class Lines {
 public:
  Lines(const DayOptions& options, int servers, std::uint64_t seed, const char* prefix,
        bool in_quanta)
      : options_(options), fleet_(servers, options.containers, seed), in_quanta_(in_quanta) {
    for (int i = 0; i < servers; ++i) {
      hosts_.push_back("server,host=" + std::string(prefix) + server_name(i) + " cpu=");
      for (int k = 0; k < options.containers; ++k) {
        containers_.push_back("container,host=" + std::string(prefix) + server_name(i) +
                              ",name=" + container_name(i, k) + " cpu=");
      }
    }
  }
  int servers() const { return fleet_.size(); }

  void add(std::string& out, int server, WallTime time) {
    const ServerFigures& figures = fleet_.step(server);
    const std::string stamp = " " + std::to_string(to_unix_ms(time)) + "000000\n";
    out += hosts_[static_cast<std::size_t>(server)];
    add_number(out, figures.cpu_percent);
    out += ",memory_used=";
    add_number(out, memory(static_cast<double>(figures.memory_used_mib)));
    out += ",memory_percent=";
    add_number(out, figures.memory_percent);
    out += ",power=";
    add_number(out, figures.power_watts);
    out += ",users=";
    add_number(out, figures.users);
    out += stamp;
    for (int k = 0; k < options_.containers; ++k) {
      const ContainerFigures& one = figures.containers[static_cast<std::size_t>(k)];
      out += containers_[static_cast<std::size_t>(server * options_.containers + k)];
      add_number(out, one.cpu_percent);
      out += ",memory=";
      add_number(out, memory(one.memory_mib));
      out += ",memory_percent=";
      add_number(out, one.memory_percent);
      out += stamp;
    }
  }

 private:
  /// Wakeful stores memory in steps of 64 KiB; as whole numbers of them they cost least.
  double memory(double mib) const { return in_quanta_ ? std::round(mib * 16) : mib; }

  const DayOptions& options_;
  FleetWorkload fleet_;
  bool in_quanta_;
  std::vector<std::string> hosts_;
  std::vector<std::string> containers_;
};

/// Seconds of exchanges.
double import_lines(Victoria& victoria, Lines& lines, int ticks, WallTime start) {
  Stopwatch watch;
  std::string body;
  for (int tick = 0; tick < ticks; ++tick) {
    for (int first = 0; first < lines.servers(); first += kServersOfRequest) {
      body.clear();
      for (int i = first; i < std::min(first + kServersOfRequest, lines.servers()); ++i) {
        lines.add(body, i, start + kInterval * tick);
      }
      watch.start();
      victoria.http().post("/write", body);
      watch.stop();
    }
  }
  return watch.seconds();
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

double query_day(Victoria& victoria, const DayOptions& options, int which) {
  const std::string host = "day" + server_name(which % options.day_servers);
  const std::int64_t from = to_unix_ms(options.whole_day()) / 1000;
  // A point looks back one step, so the first one of the day stands at the end of its step.
  const std::string target =
      "/api/v1/query_range?nocache=1&step=288&query=avg_over_time(server_cpu%7Bhost%3D%22" + host +
      "%22%7D%5B288s%5D)&start=" + std::to_string(from + 288) +
      "&end=" + std::to_string(from + 86'400);
  std::string answer;
  const double ms = time_ms([&] { answer = victoria.http().get(target); });
  if (count_of(answer, "\"],[") + 1 != kPointsOfDay) {
    die("victoria-metrics: the day has " + std::to_string(count_of(answer, "\"],[") + 1) +
        " points");
  }
  return ms;
}

double query_newest(Victoria& victoria, const DayOptions& options) {
  const WallTime last = options.start + kInterval * (options.ticks - 1);
  const std::string target =
      "/api/v1/query?nocache=1&query=server_cpu&time=" + std::to_string(to_unix_ms(last) / 1000);
  std::string answer;
  const double ms = time_ms([&] { answer = victoria.http().get(target); });
  if (count_of(answer, "\"host\":") != static_cast<std::size_t>(options.servers)) {
    die("victoria-metrics: not every server has a newest value");
  }
  return ms;
}

void measure(const DayOptions& options, bool in_quanta, Figures& figures) {
  const BenchFolder folder;
  // What it keeps in its cache folder it can make again.
  const auto size = [&] {
    return static_cast<double>(folder_bytes(folder.path()) -
                               folder_bytes(folder.path() / "cache")) /
           options.samples();
  };
  {
    Victoria victoria(folder.path());
    Lines lines(options, options.servers, 42, "", in_quanta);
    const double seconds = import_lines(victoria, lines, options.ticks, options.start);
    figures.set(kAppend100, options.samples() / seconds);
    // How much of it is on disk now cannot be said: it keeps what is new in memory.
    victoria.flush();
    figures.set(kPeak, victoria.peak_mib());
    std::vector<double> all;
    for (int i = 0; i < 20; ++i) all.push_back(query_newest(victoria, options));
    figures.set(kNewest, median(all));
    victoria.merge();
  }
  figures.set(kBytesClosed, size());
  {
    Victoria victoria(folder.path());
    Lines lines(options, options.day_servers, 43, "day", in_quanta);
    import_lines(victoria, lines, kTicksOfDay, options.whole_day());
    victoria.flush();
    victoria.merge();
  }
  std::vector<double> cold;
  for (int i = 0; i < kColdQueries; ++i) {
    forget_cached(folder.path());
    Victoria victoria(folder.path());
    cold.push_back(query_day(victoria, options, i));
  }
  figures.set(kDayCold, median(cold));
  Victoria victoria(folder.path());
  std::vector<double> warm;
  for (int i = 0; i < options.day_servers; ++i) query_day(victoria, options, i);
  for (int i = 0; i < kWarmQueries; ++i) warm.push_back(query_day(victoria, options, i));
  figures.set(kDayWarm, median(warm));
}

}  // namespace

Figures measure_victoria(const DayOptions& options, bool in_quanta) {
  if (!is_installed()) {
    Figures none;
    none.no_answer("victoria-metrics",
                   "not installed; ./dev bench installs it, or: apt-get install victoria-metrics");
    return none;
  }
  return in_child("victoria-metrics",
                  [&](Figures& figures) { measure(options, in_quanta, figures); });
}

}  // namespace wakeful::bench
