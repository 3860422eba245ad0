#include "cli/cli.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/strings.h"
#include "cli/command.h"

namespace wakeful::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct Row {
  std::string name;
  std::string help;
  std::unique_ptr<Command> command;
  CLI::App* app = nullptr;
};

/// "print_config_docs" is written print-config-docs.
std::string written_name(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', '-');
  return out;
}

std::vector<Row> make_rows() {
  std::vector<Row> rows;
#define WAKEFUL_COMMAND(name, help) \
  rows.push_back({written_name(#name), help, make_##name##_command(), nullptr});
#include "cli/commands.def"
#undef WAKEFUL_COMMAND
  return rows;
}

void add_setting(CLI::App& app, Context& context, const std::string& flag, const std::string& key,
                 const std::string& type, const std::string& help) {
  app.add_option_function<std::string>(
         flag, [&context, key](const std::string& text) { context.overrides[key] = text; }, help)
      ->type_name(type);
}

void describe(CLI::App& app, Context& context, std::vector<Row>& rows) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "wakeful " WAKEFUL_VERSION);
  app.get_formatter()->column_width(32);
  app.add_option_function<std::string>(
         "--config", [&context](const std::string& text) { context.config_file = text; },
         "Settings in TOML (or WAKEFUL_CONFIG)")
      ->type_name("FILE");
  add_setting(app, context, "--data", "data", "DIR",
              "Data folder (or WAKEFUL_DATA), /var/lib/wakeful if not given");
  add_setting(app, context, "--store", "store", "URL",
              "Where data is stored, sqlite: if not given");
  app.footer(
      "Examples:\n"
      "  wakeful serve --data ./data                 serve at http://127.0.0.1:8000\n"
      "  wakeful --data ./data add gpu3              register a server, print its key\n"
      "  wakeful serve --help                        options of one command\n\n"
      "Exit codes: 0 done, 1 it failed and the reason was printed, 2 wrong usage.");
  for (Row& row : rows) {
    row.app = app.add_subcommand(row.name, row.help);
    // --data and --config may stand behind the command too.
    row.app->fallthrough();
    row.command->describe(*row.app);
  }
}

/// What is wrong with the usage; for a command that there is not, with the nearest one.
std::string describe_problem(const CLI::ParseError& error, const CLI::App& app,
                             const std::vector<Row>& rows) {
  std::vector<std::string_view> names;
  for (const Row& row : rows) names.push_back(row.name);
  if (!app.get_subcommands().empty()) return error.what();
  for (const std::string& word : app.remaining()) {
    if (word.starts_with('-')) continue;
    const std::string_view near = nearest(word, names);
    return "there is no command \"" + word + "\"" +
           (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?");
  }
  return error.what();
}

void print_problems(std::ostream& err, std::string_view message) {
  while (const auto line = next_line(message)) err << "wakeful: " << *line << '\n';
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Settings::Environment& environment,
        std::ostream& out, std::ostream& err) {
  Context context{{}, {}, environment, out, err};
  std::vector<Row> rows = make_rows();
  CLI::App app("See every server you own, and put the idle ones to sleep.", "wakeful");
  describe(app, context, rows);
  try {
    // CLI11 takes the arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    out << (chosen.empty() ? &app : chosen.front())->help();
    return 0;
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << '\n';
    return 0;
  } catch (const CLI::ParseError& error) {
    err << "wakeful: " << describe_problem(error, app, rows) << "\n"
        << "wakeful: see wakeful --help\n";
    return kWrongUsage;
  }
  for (Row& row : rows) {
    if (!row.app->parsed()) continue;
    const auto result = row.command->run(context);
    out.flush();
    if (result) return 0;
    print_problems(err, result.error().message);
    return kFailed;
  }
  return kWrongUsage;
}

}  // namespace wakeful::cli
