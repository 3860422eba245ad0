// `wakeful backup FILE`: everything in the data folder in one file. Works while the server runs.
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/store_access.h"

namespace wakeful::cli {
namespace {

class Backup final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("FILE", file_, "The file to write; it must not exist")->required();
    app.footer(
        "The file is a tar compressed with zstd. It has every report that was acknowledged before\n"
        "the backup began, and appears under its name only when it is whole and on disk.\n\n"
        "Examples:\n"
        "  wakeful backup /backup/wakeful-$(date +%F).tar.zst\n"
        "  wakeful --data ./data backup wakeful.tar.zst && tar tf wakeful.tar.zst");
  }

  Result<void> run(const Context& context) override {
    const auto found = find_store(context);
    if (!found) return fail(found.error());
    ProgressLine line(context.err, Amount::bytes);
    const auto done = store::backup_store(found->options, file_, told_to(line));
    line.clear();
    if (!done) return fail(with_remedy(done.error()));
    context.out << file_ << ": " << count_of(done->files, "file") << " in "
                << format_bytes(done->bytes) << '\n';
    return {};
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Command> make_backup_command() { return std::make_unique<Backup>(); }

}  // namespace wakeful::cli
