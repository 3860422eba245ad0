// `wakeful restore FILE`: a data folder from a backup.
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_access.h"

namespace wakeful::cli {
namespace {

class Restore final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("FILE", file_, "A file that wakeful backup wrote")->required();
    app.footer(
        "The data folder (--data) must be empty or absent. The backup is verified first: every\n"
        "byte, then every database. Nothing is left of a restore that fails.\n\n"
        "Examples:\n"
        "  wakeful restore wakeful.tar.zst --data ./data\n"
        "  sudo -u wakeful wakeful restore /backup/wakeful-2026-11-20.tar.zst");
  }

  Result<void> run(const Context& context) override {
    const auto found = find_store(context);
    if (!found) return fail(found.error());
    ProgressLine line(context.err, Amount::bytes);
    const auto done = store::restore_store(file_, found->options, told_to(line));
    line.clear();
    if (!done) return fail(with_remedy(done.error()));
    context.out << "Restored into " << found->options.data_folder.string() << '\n';
    return {};
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Command> make_restore_command() { return std::make_unique<Restore>(); }

}  // namespace wakeful::cli
