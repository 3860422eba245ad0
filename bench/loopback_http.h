// bench/loopback_http.h: HTTP/1.1 on one kept connection to this machine, blocking: little enough to
// not be what is measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wakeful::bench {

/// A port that was free a moment ago.
std::uint16_t free_port();

class LoopbackHttp {
 public:
  explicit LoopbackHttp(std::uint16_t port) : port_(port) {}
  ~LoopbackHttp();
  LoopbackHttp(const LoopbackHttp&) = delete;
  LoopbackHttp& operator=(const LoopbackHttp&) = delete;

  /// The body of the answer; ends the benchmark if its status is not 2xx.
  std::string get(std::string_view target) { return exchange("GET", target, {}); }
  std::string post(std::string_view target, std::string_view body) {
    return exchange("POST", target, body);
  }
  /// Whether something answers with 200 there.
  bool answers(std::string_view target);

 private:
  std::string exchange(std::string_view method, std::string_view target, std::string_view body);
  void connect();
  void close();
  void write_all(std::string_view bytes);
  void read_more();
  std::string read_body(std::string_view head);

  std::uint16_t port_;
  int socket_ = -1;
  std::string got_;  ///< read and not yet used
};

}  // namespace wakeful::bench
