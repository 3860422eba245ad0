// `wakeful version`.
#include <ostream>

#include "cli/command.h"

namespace wakeful::cli {
namespace {

class Version final : public Command {
 public:
  void describe(CLI::App&) override {}
  Result<void> run(const Context& context) override {
    context.out << "wakeful " WAKEFUL_VERSION "\n";
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> make_version_command() { return std::make_unique<Version>(); }

}  // namespace wakeful::cli
