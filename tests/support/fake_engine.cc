#include "support/fake_engine.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/check.h"

namespace wakeful::test {
namespace {

constexpr int kDripMilliseconds = 20;

/// "GET /a/b?c HTTP/1.1…" -> "/a/b"
std::string path_of(const std::string& request) {
  const auto start = request.find(' ');
  if (start == std::string::npos) return {};
  return request.substr(start + 1, request.find_first_of(" ?", start + 1) - start - 1);
}

}  // namespace

FakeEngine::FakeEngine(std::string socket_path) : socket_path_(std::move(socket_path)) {
  ::unlink(socket_path_.c_str());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  WAKEFUL_CHECK(socket_path_.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what bind(2) asks for
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  WAKEFUL_CHECK(::bind(listener_, generic, sizeof address) == 0);
  WAKEFUL_CHECK(::listen(listener_, 16) == 0);
  WAKEFUL_CHECK(::pipe(stop_pipe_) == 0);
  acceptor_ = std::thread([this] { accept_connections(); });
}

FakeEngine::~FakeEngine() {
  ::close(stop_pipe_[1]);  // makes the other end readable for every thread
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
  ::close(stop_pipe_[0]);
  ::close(listener_);
  ::unlink(socket_path_.c_str());
}

void FakeEngine::set(const std::string& path, EngineAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_[path] = std::move(answer);
}

int FakeEngine::requests(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(path);
  return found == requests_.end() ? 0 : found->second;
}

bool FakeEngine::wait_readable(int connection) const {
  pollfd waits[] = {{connection, POLLIN, 0}, {stop_pipe_[0], POLLIN, 0}};
  return ::poll(waits, 2, -1) > 0 && waits[1].revents == 0;
}

void FakeEngine::accept_connections() {
  while (wait_readable(listener_)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    connections_.emplace_back([this, connection] {
      serve(connection);
      ::close(connection);
    });
  }
}

void FakeEngine::serve(int connection) {
  std::string pending;
  char buffer[4096];
  while (wait_readable(connection)) {
    const ssize_t count = ::read(connection, buffer, sizeof buffer);
    if (count <= 0) return;
    pending.append(buffer, static_cast<std::size_t>(count));
    const auto end = pending.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string path = path_of(pending);
    pending.erase(0, end + 4);
    if (!answer(connection, path)) return;
  }
}

bool FakeEngine::answer(int connection, const std::string& path) {
  EngineAnswer answer{EngineAnswer::Manner::normal, 404, R"({"message":"no such thing"})"};
  {
    const std::lock_guard lock(mutex_);
    ++requests_[path];
    if (const auto found = answers_.find(path); found != answers_.end()) answer = found->second;
  }
  const std::string message = "HTTP/1.1 " + std::to_string(answer.status) +
                              " X\r\nContent-Type: application/json\r\nContent-Length: " +
                              std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
  switch (answer.manner) {
    case EngineAnswer::Manner::normal:
      return send_all(connection, message);
    case EngineAnswer::Manner::drip:
      return drip(connection, message);
    case EngineAnswer::Manner::raw:
      send_all(connection, answer.body);
      return false;
    case EngineAnswer::Manner::hang:
      // Nothing more comes from a client that waits: this ends when it hangs up or we do.
      return wait_readable(connection);
    case EngineAnswer::Manner::hang_up:
      return false;
  }
  return false;
}

bool FakeEngine::send_all(int connection, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    // A client that reads no more must not keep us from ending.
    pollfd waits[] = {{connection, POLLOUT, 0}, {stop_pipe_[0], POLLIN, 0}};
    if (::poll(waits, 2, -1) <= 0 || waits[1].revents != 0) return false;
    const ssize_t count =
        ::send(connection, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) return false;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return true;
}

bool FakeEngine::drip(int connection, const std::string& bytes) {
  for (const char byte : bytes) {
    if (!send_all(connection, std::string(1, byte))) return false;
    pollfd stop{stop_pipe_[0], POLLIN, 0};
    if (::poll(&stop, 1, kDripMilliseconds) > 0) return false;
  }
  return true;
}

}  // namespace wakeful::test
