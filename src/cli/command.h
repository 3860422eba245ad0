// cli/command.h: one subcommand of `wakeful`. commands.def lists them all.
//
// A command is one file with a final class in an anonymous namespace and its make_<name>_command.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/settings.h"

namespace CLI {
class App;
}

namespace wakeful::cli {

/// What every command gets: the options that may stand before or behind its name, and where to
/// write.
struct Context {
  std::optional<std::filesystem::path> config_file;
  std::map<std::string, std::string> overrides;  ///< settings given as flags
  Settings::Environment environment;
  std::ostream& out;
  std::ostream& err;  ///< for what is not the answer: progress
};

class Command {
 public:
  virtual ~Command() = default;
  /// Add its own options and its examples.
  virtual void describe(CLI::App& app) = 0;
  /// The error's message says what to do; the exit code is 1 then.
  virtual Result<void> run(const Context& context) = 0;
};

#define WAKEFUL_COMMAND(name, help) std::unique_ptr<Command> make_##name##_command();
#include "cli/commands.def"
#undef WAKEFUL_COMMAND

}  // namespace wakeful::cli
