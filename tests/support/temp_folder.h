// tests/support/temp_folder.h: an empty folder that goes with its test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <system_error>

#include "base/check.h"

namespace wakeful::test {

class TempFolder {
 public:
  TempFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "wakeful-test-XXXXXX").string();
    WAKEFUL_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wakeful::test
