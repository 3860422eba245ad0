// `wakeful check`: reads everything and says what is damaged. Works while the server runs.
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_access.h"

namespace wakeful::cli {
namespace {

class Check final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.footer(
        "Prints one line for everything that is damaged, and then ends with exit code 1.\n\n"
        "Example:\n"
        "  wakeful --data ./data check");
  }

  Result<void> run(const Context& context) override {
    const auto found = find_store(context);
    if (!found) return fail(found.error());
    ProgressLine line(context.err, Amount::bytes);
    const auto on_problem = [&](const std::string& problem) {
      line.clear();
      context.out << problem << std::endl;  // at once: the rest may take long
    };
    const auto done = store::check_store(found->options, told_to(line), on_problem);
    line.clear();
    if (!done) return fail(with_remedy(done.error()));
    const auto read = count_of(done->files, "file") + ", " + count_of(done->blocks, "block") +
                      ", " + count_of(done->samples, "raw sample");
    if (done->problems > 0) {
      return fail(Errc::io, count_of(done->problems, "problem") + " in " + read +
                                "; docs/operations.md says what helps");
    }
    context.out << "No problem in " << read << '\n';
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> make_check_command() { return std::make_unique<Check>(); }

}  // namespace wakeful::cli
