// `wakeful list`: the servers of the registry. Works while the server runs.
#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/registry_access.h"
#include "model/server.h"

namespace wakeful::cli {
namespace {

class List final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_flag("--json", json_, "Print an array of objects");
    app.footer("Example:\n  wakeful --data ./data list");
  }

  Result<void> run(const Context& context) override {
    auto opened = open_registry(context);
    if (!opened) return fail(opened.error());
    auto servers = opened->registry->servers();
    if (!servers) return fail(servers.error());
    std::ranges::sort(*servers, {}, &model::Server::name);
    if (json_) {
      print_json(context.out, *servers);
    } else {
      print_table(context.out, *servers);
    }
    return {};
  }

 private:
  static void print_json(std::ostream& out, const std::vector<model::Server>& servers) {
    boost::json::array rows;
    for (const model::Server& server : servers) {
      rows.push_back(boost::json::object{{"id", model::to_number(server.id)},
                                         {"name", server.name},
                                         {"origin", model::origin_name(server.origin)},
                                         {"created_ms", to_unix_ms(server.created)}});
    }
    out << boost::json::serialize(rows) << '\n';
  }

  static void print_table(std::ostream& out, const std::vector<model::Server>& servers) {
    if (servers.empty()) {
      out << "There is no server yet. Add one: wakeful add NAME\n";
      return;
    }
    std::size_t width = 4;
    for (const model::Server& server : servers) width = std::max(width, server.name.size());
    const auto cell = [](std::string text, std::size_t wide) {
      text.resize(std::max(wide, text.size()), ' ');
      return text + "  ";
    };
    out << cell("ID", 6) << cell("NAME", width) << cell("BY", 12) << "ADDED\n";
    for (const model::Server& server : servers) {
      out << cell(std::to_string(model::to_number(server.id)), 6) << cell(server.name, width)
          << cell(std::string(model::origin_name(server.origin)), 12) << format_utc(server.created)
          << '\n';
    }
  }

  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_list_command() { return std::make_unique<List>(); }

}  // namespace wakeful::cli
