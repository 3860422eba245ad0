// cli/demo_fleet.h: the simulated servers of `wakeful demo` in a data folder: names, keys, account.
//
// They stay with the folder (demo.json, mode 0600), so that a demo with --data goes on where it
// ended. Called once, before the server starts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace wakeful::cli {

struct DemoServer {
  std::string name;
  std::string key;
};

struct DemoFleet {
  std::uint64_t seed = 1;
  std::optional<WallTime> sent_until;  ///< all reports up to here are stored
  std::vector<DemoServer> servers;     ///< as numbered by the simulation
};

/// The folder's fleet, or an empty one when the folder is new or empty.
/// errors  conflict: the folder holds what no demo made; io, denied, parse
Result<DemoFleet> load_demo_fleet(const std::filesystem::path& folder);

/// errors  denied, io
Result<void> save_demo_fleet(const std::filesystem::path& folder, const DemoFleet& fleet);

/// Register what is missing of so many servers, and save.
/// errors  conflict: a name is taken; denied, io
Result<void> register_demo_servers(const std::filesystem::path& folder, DemoFleet& fleet,
                                   std::size_t count);

/// Make the account "demo" if there is no account yet. shape  its password; nullopt: there was one
Result<std::optional<std::string>> make_demo_account(const std::filesystem::path& folder);

}  // namespace wakeful::cli
