// Reports a second of a whole server: one-report POSTs over kept connections, each answered after
// its commit. Starts the `wakeful` beside it on a data folder of its own, unless told of a running
// one. One epoll thread, so that it takes little of the machine that it measures.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "auth/secret.h"
#include "base/clock.h"
#include "base/strings.h"
#include "store/store.h"

namespace wakeful {
namespace {

using Steady = std::chrono::steady_clock;

struct Options {
  int connections = 64;
  int servers = 1000;
  int containers = 10;
  int seconds = 10;
  std::filesystem::path data;  ///< empty: start a server on a folder of our own
  std::uint16_t port = 0;
};

[[noreturn]] void die(const std::string& message) {
  std::fprintf(stderr, "ingest_bench: %s\n", message.c_str());
  std::exit(1);
}

/// One server's report as request text. Numbers that change are overwritten in place.
class RequestText {
 public:
  RequestText(const std::string& key, int number, int containers) {
    const std::string body = make_body(number, containers);
    text_ = "POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key +
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
    sequence_at_ = text_.find("1000000000");
    time_at_ = text_.find("1795158745123");
    for (auto at = text_.find("0.1234"); at != std::string::npos;
         at = text_.find("0.1234", at + 6)) {
      ratios_at_.push_back(at + 2);
    }
  }

  std::string_view next(std::int64_t time_ms, std::minstd_rand& random) {
    put(sequence_at_, std::to_string(1'000'000'000 + ++sent_));
    put(time_at_, std::to_string(time_ms));
    for (const std::size_t at : ratios_at_) {
      const auto value = static_cast<unsigned>(random());
      text_[at + 2] = static_cast<char>('0' + value % 10);
      text_[at + 3] = static_cast<char>('0' + value / 10 % 10);
    }
    return text_;
  }
  std::size_t size() const { return text_.size(); }

 private:
  static std::string make_body(int number, int containers) {
    std::string body =
        R"json({"agent":{"version":"0.1.0","run":"5f0c1e2d3a4b5968"},"boot_id":"8c2f5f0e-5c1e-4b5e-)json" +
        std::to_string(1000 + number % 9000) +
        R"json(-6a6a1c3f7a10","sequence":1000000000,"time_ms":1795158745123,"interval_ms":8000,)json"
        R"json("host":{"hostname":"host)json" +
        std::to_string(number) +
        R"json(","kernel":"6.1.0-18-amd64","os":"Debian GNU/Linux 12 (bookworm)","architecture":"x86_64",)json"
        R"json("cpu_count":16},"metrics":{"host_cpu_ratio":0.1234,"host_memory_total_bytes":33567129600,)json"
        R"json("host_memory_used_bytes":12567129600,"host_users":1,"host_power_watts":35.5},"containers":[)json";
    for (int i = 0; i < containers; ++i) {
      if (i > 0) body += ',';
      body +=
          R"json({"name":"container-)json" + std::to_string(i) +
          R"json(","id":"3f2a77ab01cd","engine":"docker","image":"nginx:1.25","state":"running",)json"
          R"json("status_text":"Up 3 hours","metrics":{"container_cpu_ratio":0.1234,)json"
          R"json("container_memory_used_bytes":25165824}})json";
    }
    return body + "]}";
  }
  void put(std::size_t at, const std::string& digits) {
    std::memcpy(text_.data() + at, digits.data(), digits.size());
  }

  std::string text_;
  std::size_t sequence_at_ = 0;
  std::size_t time_at_ = 0;
  std::vector<std::size_t> ratios_at_;
  std::int64_t sent_ = 0;
};

/// `wakeful serve` as a child, ended with this object.
class Child {
 public:
  explicit Child(const std::filesystem::path& data) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "wakeful";
    std::array<int, 2> out{};
    if (::pipe(out.data()) != 0) die("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::execl(program.c_str(), program.c_str(), "serve", "--data", data.c_str(), "--listen",
              "127.0.0.1:0", "--log-level", "warning", nullptr);
      std::_Exit(127);
    }
    ::close(out[1]);
    std::string line;
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') line += c;
    const auto port = parse_integer<std::uint16_t>(
        std::string_view(line).substr(std::min(line.rfind(':') + 1, line.size())));
    if (!port) die("expected a listening line from " + program.string() + ", got: " + line);
    port_ = *port;
  }
  ~Child() {
    ::kill(pid_, SIGTERM);
    struct rusage used {};
    int status = 0;
    if (::wait4(pid_, &status, 0, &used) != pid_) return;
    std::printf("server: exit %d, CPU %.2f s user %.2f s system, at most %.1f MiB resident\n",
                WEXITSTATUS(status), seconds(used.ru_utime), seconds(used.ru_stime),
                static_cast<double>(used.ru_maxrss) / 1024);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  static double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

struct Connection {
  int socket = -1;
  std::string got;
  Steady::time_point sent_at;
};

class Load {
 public:
  Load(const Options& options, std::uint16_t port, std::vector<RequestText> texts)
      : options_(options), texts_(std::move(texts)), epoll_(::epoll_create1(0)) {
    connections_.resize(static_cast<std::size_t>(options.connections));
    for (Connection& connection : connections_) open(connection, port);
  }

  void run() {
    const auto start = Steady::now();
    const auto end = start + std::chrono::seconds(options_.seconds);
    for (Connection& connection : connections_) send(connection);
    std::array<epoll_event, 256> events{};
    std::size_t waiting = connections_.size();
    while (waiting > 0) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), 10'000);
      if (count <= 0) die("no answer for 10 s");
      for (int i = 0; i < count; ++i) {
        auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!receive(connection)) continue;
        if (Steady::now() < end) {
          send(connection);
        } else {
          --waiting;
        }
      }
    }
    print(std::chrono::duration<double>(Steady::now() - start).count());
  }

 private:
  void open(Connection& connection, std::uint16_t port) {
    connection.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      die(std::string("cannot connect: ") + std::strerror(errno));
    }
    const int on = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
  }

  void send(Connection& connection) {
    const auto now = std::chrono::duration_cast<Milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    RequestText& text = texts_[next_++ % texts_.size()];
    const std::string_view bytes = text.next(now.count(), random_);
    connection.sent_at = Steady::now();
    if (::send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size())) {
      die("a request could not be sent in one piece");
    }
  }

  /// True when an answer is complete.
  bool receive(Connection& connection) {
    std::array<char, 4096> buffer{};
    const auto count = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) die("the server closed a connection");
    connection.got.append(buffer.data(), static_cast<std::size_t>(count));
    const auto head_end = connection.got.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    const auto at = connection.got.find("Content-Length: ");
    const auto length =
        at == std::string::npos ? 0 : std::strtoul(&connection.got[at + 16], nullptr, 10);
    if (connection.got.size() < head_end + 4 + length) return false;
    if (!connection.got.starts_with("HTTP/1.1 200 ")) die("refused: " + connection.got);
    latencies_us_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - connection.sent_at)
            .count()));
    connection.got.clear();
    return true;
  }

  void print(double seconds) {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const auto quantile = [&](double part) {
      const auto index =
          static_cast<std::size_t>(part * static_cast<double>(latencies_us_.size() - 1));
      return latencies_us_[index] / 1000.0;
    };
    std::printf(
        "%.0f reports/s: %zu reports of %zu bytes (host and %d containers) of %d servers in %.2f "
        "s, "
        "%d connections, p50 %.2f ms, p99 %.2f ms, worst %.2f ms\n",
        static_cast<double>(latencies_us_.size()) / seconds, latencies_us_.size(), texts_[0].size(),
        options_.containers, options_.servers, seconds, options_.connections, quantile(0.5),
        quantile(0.99), quantile(1));
    std::fflush(stdout);
  }

  const Options& options_;
  std::vector<RequestText> texts_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::minstd_rand random_{4711};
  std::size_t next_ = 0;
  std::vector<std::uint32_t> latencies_us_;
};

std::vector<RequestText> register_servers(const Options& options,
                                          const std::filesystem::path& data) {
  auto registry = store::open_registry({data, ""});
  if (!registry) die(registry.error().message);
  std::vector<RequestText> texts;
  const std::string run = auth::make_random_id();
  for (int i = 0; i < options.servers; ++i) {
    const std::string key = auth::make_server_key();
    const auto added =
        (*registry)->add_server("bench-" + run + "-" + std::to_string(i), model::Origin::native,
                                auth::hash_secret(key), SystemClock().wall_now());
    if (!added) die(added.error().message);
    texts.emplace_back(key, i, options.containers);
  }
  return texts;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--data") {
      options.data = argv[i + 1];
      continue;
    }
    const auto number = parse_integer<int>(argv[i + 1]);
    if (!number || *number < 1) die("expected a number behind " + std::string(name));
    if (name == "--connections") options.connections = *number;
    if (name == "--servers") options.servers = *number;
    if (name == "--containers") options.containers = *number;
    if (name == "--seconds") options.seconds = *number;
    if (name == "--port") options.port = static_cast<std::uint16_t>(*number);
  }
  if (options.data.empty() != (options.port == 0)) {
    die("--data DIR and --port N of a running server go together");
  }
  return options;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (!options.data.empty()) {
    Load(options, options.port, register_servers(options, options.data)).run();
    return 0;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "ingest-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) die("no temporary folder");
  {
    const Child child(folder);
    Load(options, child.port(), register_servers(options, folder)).run();
  }
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  std::printf("data folder: %.1f MiB\n", static_cast<double>(bytes) / (1 << 20));
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace wakeful

int main(int argc, char** argv) { return wakeful::run(argc, argv); }
