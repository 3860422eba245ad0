// `wakeful print-config-docs`: docs/configuration.md, from the same table that is parsed.
#include <ostream>

#include "cli/command.h"
#include "server/config.h"

namespace wakeful::cli {
namespace {

constexpr std::string_view kIntroduction =
    R"(<!-- Written by `wakeful print-config-docs`. Change src/server/config.cc, not this file. -->

# Settings of `wakeful serve`

Each can be given in three ways; the first that is given counts:

1. a command-line flag, for the few that have one (`wakeful serve --help`),
2. an environment variable,
3. a TOML file, named by `--config FILE`, else by `WAKEFUL_CONFIG`, else by `SERVER_CONFIG` (the old server's name for it).

An unknown key, or a value that is not what it should be, keeps the server from starting; all problems are listed at once.
`SERVER_HOME` names the data folder where `WAKEFUL_DATA` is not set. Durations are written `500ms`, `8s`, `1m30s`, `2h`, `7d`; sizes
`64KiB`, `16MiB`, `1GiB`; lists are arrays in TOML and comma-separated in the environment.

```toml
data = "/var/lib/wakeful"
listen = "0.0.0.0:8000"
public_url = "https://wakeful.example"

[legacy]
allowed_networks = ["127.0.0.0/8", "10.0.0.0/8"]

[retention]
raw = "90d"
max_store_size = "20GiB"
```

)";

class PrintConfigDocs final : public Command {
 public:
  void describe(CLI::App&) override {}
  Result<void> run(const Context& context) override {
    context.out << kIntroduction
                << settings_markdown(server::server_settings(), server::kEnvironmentPrefix);
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> make_print_config_docs_command() {
  return std::make_unique<PrintConfigDocs>();
}

}  // namespace wakeful::cli
