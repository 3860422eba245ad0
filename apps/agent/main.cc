// wakeful-agent: reports this machine and its containers to a Wakeful server.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/run.h"

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

int run(int argc, char** argv) {
  using wakeful::agent::ExitCode;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  wakeful::agent::hide_key_argument(argc, argv);
  auto invocation = wakeful::agent::load_config(arguments, environment);
  if (!invocation) {
    std::fprintf(stderr, "wakeful-agent: cannot start:\n%s\n", invocation.error().message.c_str());
    return static_cast<int>(ExitCode::cannot_start);
  }
  if (invocation->text) {
    std::fputs(invocation->text->c_str(), stdout);
    return 0;
  }
  return static_cast<int>(wakeful::agent::run_agent(std::move(invocation->config)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wakeful-agent: %s\n", error.what());
    return 1;
  }
}
