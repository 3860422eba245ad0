// tests/unit/collect/tree.h: small /proc, /sys and / trees for one test, and copies of captured ones.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "collect/collector.h"
#include "support/fake_clock.h"

namespace wakeful::collect::test {

/// A folder with proc/, sys/ and root/ that goes with the test.
class Tree {
 public:
  Tree() {
    std::string name = (std::filesystem::temp_directory_path() / "wakeful-collect-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    for (const char* part : {"proc", "sys", "root"})
      std::filesystem::create_directory(path_ / part);
  }
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(path_ / name); }

  Context context(const Clock& clock) const {
    return {path_ / "proc", path_ / "sys", path_ / "root", &clock};
  }

 private:
  std::filesystem::path path_;
};

inline std::string fixture(const std::string& name) {
  std::ifstream file(std::filesystem::path(WAKEFUL_FIXTURES) / name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::unique_ptr<Collector> make(std::string_view name, const Context& context) {
  for (const Entry& entry : all_collectors()) {
    if (entry.name != name) continue;
    auto made = entry.make(context);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return std::move(*made);
  }
  ADD_FAILURE() << "no collector " << name;
  return nullptr;
}

}  // namespace wakeful::collect::test
