#include "loopback_http.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench_tools.h"

namespace wakeful::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// What stands behind "name:" in a head in small letters, up to the line's end.
std::string header(std::string_view head, std::string_view name) {
  const auto at = head.find("\r\n" + std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  const auto begin = head.find_first_not_of(' ', at + 3 + name.size());
  return std::string(head.substr(begin, head.find('\r', begin) - begin));
}

}  // namespace

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    die(std::string("no free port: ") + std::strerror(errno));
  }
  ::close(socket);
  return ntohs(address.sin_port);
}

LoopbackHttp::~LoopbackHttp() { close(); }

void LoopbackHttp::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  got_.clear();
}

void LoopbackHttp::connect() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string reason = std::strerror(errno);
    close();
    die("cannot connect to port " + std::to_string(port_) + ": " + reason);
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool LoopbackHttp::answers(std::string_view target) {
  try {
    get(target);
    return true;
  } catch (const std::exception&) {
    close();
    return false;
  }
}

void LoopbackHttp::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) die(std::string("cannot send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void LoopbackHttp::read_more() {
  std::array<char, 65'536> buffer{};
  const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (count <= 0) die("the answer ended early");
  got_.append(buffer.data(), static_cast<std::size_t>(count));
}

std::string LoopbackHttp::read_body(std::string_view head) {
  if (header(head, "transfer-encoding") != "chunked") {
    const auto length = std::strtoul(header(head, "content-length").c_str(), nullptr, 10);
    while (got_.size() < length) read_more();
    std::string body = got_.substr(0, length);
    got_.erase(0, length);
    return body;
  }
  std::string body;
  for (;;) {
    std::size_t line = 0;
    while ((line = got_.find("\r\n")) == std::string::npos) read_more();
    const auto length = std::strtoul(got_.c_str(), nullptr, 16);
    while (got_.size() < line + 2 + length + 2) read_more();
    body.append(got_, line + 2, length);
    got_.erase(0, line + 2 + length + 2);
    if (length == 0) return body;
  }
}

std::string LoopbackHttp::exchange(std::string_view method, std::string_view target,
                                   std::string_view body) {
  if (socket_ < 0) connect();
  std::string head =
      std::string(method) + " " + std::string(target) +
      " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  if (body.size() < 65'536) {
    write_all(head.append(body));
  } else {
    write_all(head);
    write_all(body);
  }
  std::size_t end = 0;
  while ((end = got_.find("\r\n\r\n")) == std::string::npos) read_more();
  std::string answer_head = got_.substr(0, end + 2);
  got_.erase(0, end + 4);
  std::transform(answer_head.begin(), answer_head.end(), answer_head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string answer = read_body(answer_head);
  const bool good = answer_head.size() > 9 && answer_head[9] == '2';
  if (header(answer_head, "connection") == "close") close();
  if (!good) {
    die("status " + answer_head.substr(9, 3) + " for " + std::string(target) + ": " +
        answer.substr(0, 300));
  }
  return answer;
}

}  // namespace wakeful::bench
