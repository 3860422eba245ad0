// `wakeful serve`: the server itself.
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/command.h"
#include "server/config.h"
#include "server/server.h"

namespace wakeful::cli {
namespace {

class Serve final : public Command {
 public:
  void describe(CLI::App& app) override {
    add(app, "--listen", "listen", "HOST:PORT",
        "Address and port, 127.0.0.1:8000 if not given; port 0 picks one");
    add(app, "--public-url", "public_url", "URL", "Address under which people reach the server");
    add(app, "--log-level", "log_level", "LEVEL", "debug, info, warning, error or off");
    app.footer(
        "Every setting of docs/configuration.md can stand in the TOML file of --config\n"
        "(listen = \"0.0.0.0:8000\") or in the environment (WAKEFUL_LISTEN=0.0.0.0:8000).\n"
        "Command line over environment over file.\n\n"
        "Examples:\n"
        "  wakeful serve --data ./data\n"
        "  wakeful serve --config /etc/wakeful/wakeful.toml --listen 0.0.0.0:8000");
  }

  Result<void> run(const Context& context) override {
    auto overrides = context.overrides;
    overrides.insert(overrides_.begin(), overrides_.end());
    const auto config = server::load_config(context.config_file, context.environment, overrides);
    if (!config) return fail(config.error());
    log::set_level(config->log_level);
    return server::run_server(*config, [&](const std::string& line) {
      context.out << line << std::endl;  // flushed: somebody waits for it
    });
  }

 private:
  void add(CLI::App& app, const std::string& flag, const std::string& key, const std::string& type,
           const std::string& help) {
    app.add_option_function<std::string>(
           flag, [this, key](const std::string& text) { overrides_[key] = text; }, help)
        ->type_name(type);
  }

  std::map<std::string, std::string> overrides_;
};

}  // namespace

std::unique_ptr<Command> make_serve_command() { return std::make_unique<Serve>(); }

}  // namespace wakeful::cli
