// `wakeful add NAME`: registers a server and prints its key once. Works while the server runs.
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "auth/secret.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/registry_access.h"
#include "model/server.h"

namespace wakeful::cli {
namespace {

std::string server_url(const server::ServerConfig& config) {
  if (!config.public_url.empty()) return config.public_url;
  const bool all = config.listen.host == "0.0.0.0" || config.listen.host == "::";
  return server::http_url(all ? "127.0.0.1" : config.listen.host, config.listen.port);
}

class Add final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("NAME", name_, "What the server is to be called, 1 to 100 bytes")->required();
    app.add_flag("--json", json_, "Print {\"name\": …, \"key\": …}");
    app.footer(
        "Examples:\n"
        "  wakeful --data ./data add gpu3\n"
        "  wakeful add gpu3 --json | jq -r .key > gpu3.key");
  }

  Result<void> run(const Context& context) override {
    const auto name = model::check_server_name(name_);
    if (!name) return fail(Error(name.error()).with_context("NAME"));
    auto opened = open_registry(context);
    if (!opened) return fail(opened.error());
    const std::string key = auth::make_server_key();
    const auto added = opened->registry->add_server(
        *name, model::Origin::native, auth::hash_secret(key), SystemClock().wall_now());
    if (!added) {
      Error error = added.error();
      if (error.code == Errc::conflict) {
        error.message += "; choose another name, or delete that server on the page first";
      }
      return fail(std::move(error));
    }
    if (json_) {
      const boost::json::object answer{{"name", *name}, {"key", key}};
      context.out << boost::json::serialize(answer) << '\n';
      return {};
    }
    context.out << "Added \"" << *name << "\". Its key, which is shown only now:\n\n  " << key
                << "\n\nOn that host, put the key into a file and start the agent:\n\n"
                << "  wakeful-agent --server " << server_url(opened->config)
                << " --key-file /etc/wakeful/key\n\nor, to try it:\n\n  wakeful-agent --server "
                << server_url(opened->config) << " --key " << key << '\n';
    return {};
  }

 private:
  std::string name_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_add_command() { return std::make_unique<Add>(); }

}  // namespace wakeful::cli
