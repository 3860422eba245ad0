// The server and the command line for people.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "server/config.h"

int main(int argc, char** argv) {
  // Writing to a pipe that nobody reads is an error like any other, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return wakeful::cli::run(std::vector<std::string>(argv + 1, argv + argc),
                             wakeful::server::process_environment, std::cout, std::cerr);
  } catch (const std::exception& error) {
    std::cerr << "wakeful: " << error.what() << '\n';
    return 1;
  }
}
