// `wakeful compact`: what a running server does by itself, at once: pack the journal, close days that
// are over, forget what is beyond the retention.
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/store_access.h"
#include "server/data_lock.h"

namespace wakeful::cli {
namespace {

class Compact final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.footer(
        "A running server does this all the time; then there is nothing to do.\n\n"
        "Example:\n"
        "  wakeful --data ./data compact");
  }

  Result<void> run(const Context& context) override {
    const auto found = find_store(context);
    if (!found) return fail(found.error());
    std::error_code error;
    if (!std::filesystem::exists(found->options.data_folder / "samples.db", error)) {
      return fail(Errc::not_found,
                  found->options.data_folder.string() + ": there are no samples in this folder");
    }
    const auto lock = server::DataLock::take(found->options.data_folder);
    if (!lock && lock.error().code == Errc::conflict) {
      context.out << "Nothing to do: a server runs, and packs and closes days by itself\n";
      return {};
    }
    if (!lock) return fail(with_remedy(lock.error()));
    return compact(context, *found);
  }

 private:
  static Result<void> compact(const Context& context, const StoreAccess& found) {
    auto opened = store::open_store(found.options);
    if (!opened) return fail(with_remedy(opened.error()));
    const auto before = opened->samples->size();
    if (!before) return fail(before.error());
    auto done = opened->samples->maintain(SystemClock().wall_now(), found.config.retention, {});
    if (!done) return done;
    const auto after = opened->samples->size();
    if (!after) return fail(after.error());
    context.out << "Samples took " << format_bytes(before->total()) << ", and take "
                << format_bytes(after->total()) << " now\n";
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> make_compact_command() { return std::make_unique<Compact>(); }

}  // namespace wakeful::cli
