// cli/export_output.h: where an export goes: standard output, or a file that appears when it is whole.
#pragma once

#include <filesystem>
#include <fstream>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::cli {

class ExportOutput {
 public:
  /// target  a path, or "-" for the stream
  /// errors  denied, io, not_found: there is no such folder
  static Result<std::unique_ptr<ExportOutput>> open(const std::string& target, std::ostream& out);
  /// A file that was not finished is taken away.
  ~ExportOutput();
  ExportOutput(const ExportOutput&) = delete;
  ExportOutput& operator=(const ExportOutput&) = delete;

  /// shape   false: the reader of a pipe is gone
  /// errors  io; unavailable: the disk is full
  Result<bool> write(std::string_view text);
  Result<void> finish();

 private:
  ExportOutput(std::ostream& out, std::filesystem::path file) : out_(out), file_(std::move(file)) {}
  Error problem(int number) const;
  std::filesystem::path part() const { return file_.string() + ".part"; }

  std::ostream& out_;
  std::filesystem::path file_;  // empty: the stream
  std::ofstream part_;
  bool finished_ = false;
};

}  // namespace wakeful::cli
