// tests/support/fake_engine.h: a Docker Engine that can be absent, slow, silent, or talk nonsense.
//
// HTTP over a unix socket, on a thread of its own, one connection at a time per connection thread.
// What it answers is set by path; a path that was not set gets 404.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wakeful::test {

struct EngineAnswer {
  enum class Manner {
    normal,
    hang,     ///< read the request, say nothing
    drip,     ///< one byte of the answer every few milliseconds
    raw,      ///< body as it is, without HTTP around it, then close
    hang_up,  ///< close without a word
  };
  Manner manner = Manner::normal;
  int status = 200;
  std::string body;
};

class FakeEngine {
 public:
  /// Listens on the path at once; an old socket file there is replaced.
  explicit FakeEngine(std::string socket_path);
  ~FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  /// thread: any
  void set(const std::string& path, EngineAnswer answer);
  /// How many requests came for a path (without its query). thread: any
  int requests(const std::string& path) const;

 private:
  void accept_connections();
  void serve(int connection);
  bool answer(int connection, const std::string& path);
  bool send_all(int connection, const std::string& bytes);
  bool drip(int connection, const std::string& bytes);
  /// Wait for bytes, for the other side's end, or for ours.
  bool wait_readable(int connection) const;

  std::string socket_path_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  mutable std::mutex mutex_;
  std::map<std::string, EngineAnswer> answers_;
  std::map<std::string, int> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace wakeful::test
