// What every test of the agent needs: a loop that runs until something is so, and a temp dir.
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "net/asio_access.h"
#include "net/loop.h"

namespace wakeful::test {

/// Run the loop until the condition holds; false when the deadline passed first.
inline bool run_until(net::Loop& loop, const std::function<bool()>& condition,
                      Milliseconds deadline = Milliseconds{10'000}) {
  auto& io = net::io_context_of(loop);
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    io.restart();
    io.run_one_for(Milliseconds{5});
  }
  return true;
}

/// Run the loop for a time, when the test is that something does not happen.
inline void run_for(net::Loop& loop, Milliseconds time) {
  auto& io = net::io_context_of(loop);
  io.restart();
  io.run_for(time);
}

/// A folder that is gone with the test. Short, because socket paths are.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "wk.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wakeful::test
