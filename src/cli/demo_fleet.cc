#include "cli/demo_fleet.h"

#include <utility>

#include <boost/json.hpp>
#include <system_error>

#include "auth/secret.h"
#include "base/file.h"
#include "model/server.h"
#include "sim/machine.h"
#include "store/store.h"

namespace wakeful::cli {
namespace {

constexpr std::size_t kMaxFileBytes = 256 << 20;

std::filesystem::path file_of(const std::filesystem::path& folder) { return folder / "demo.json"; }

Result<DemoFleet> parse_fleet(const std::string& text) {
  try {
    const boost::json::value root = boost::json::parse(text);
    const auto& object = root.as_object();
    DemoFleet fleet;
    fleet.seed = object.at("seed").to_number<std::uint64_t>();
    if (const auto* until = object.if_contains("sent_until_ms")) {
      fleet.sent_until = from_unix_ms(until->to_number<std::int64_t>());
    }
    for (const auto& one : object.at("servers").as_array()) {
      fleet.servers.push_back({boost::json::value_to<std::string>(one.at("name")),
                               boost::json::value_to<std::string>(one.at("key"))});
    }
    return fleet;
  } catch (const std::exception& error) {
    return fail(Errc::parse, error.what());
  }
}

}  // namespace

Result<DemoFleet> load_demo_fleet(const std::filesystem::path& folder) {
  auto text = read_file(file_of(folder), kMaxFileBytes);
  if (text) {
    auto fleet = parse_fleet(*text);
    if (fleet) return fleet;
    return fail(std::move(fleet.error()).with_context(file_of(folder).string()));
  }
  if (text.error().code != Errc::not_found) return fail(text.error());
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    // Simulated servers must never get into the history of real ones.
    return fail(Errc::conflict, folder.string() +
                                    " holds data that no demo made; give a new or "
                                    "empty folder, or leave --data out");
  }
  return DemoFleet{};
}

Result<void> save_demo_fleet(const std::filesystem::path& folder, const DemoFleet& fleet) {
  boost::json::array servers;
  for (const DemoServer& one : fleet.servers) {
    servers.push_back(boost::json::object{{"name", one.name}, {"key", one.key}});
  }
  boost::json::object object{{"seed", fleet.seed}, {"servers", std::move(servers)}};
  if (fleet.sent_until) object["sent_until_ms"] = to_unix_ms(*fleet.sent_until);
  return write_file_atomic(file_of(folder), boost::json::serialize(object) + "\n", 0600);
}

Result<void> register_demo_servers(const std::filesystem::path& folder, DemoFleet& fleet,
                                   std::size_t count) {
  auto registry = store::open_registry({folder, {}});
  if (!registry) return fail(registry.error());
  // First, so that a demo that is ended meanwhile knows its folder again.
  if (auto saved = save_demo_fleet(folder, fleet); !saved) return saved;
  const SystemClock clock;
  for (std::size_t i = fleet.servers.size(); i < count; ++i) {
    sim::MachineOptions options;
    options.seed = fleet.seed;
    options.number = static_cast<std::uint32_t>(i);
    DemoServer server{sim::Machine(options).name(), auth::make_server_key()};
    const auto added = (*registry)->add_server(server.name, model::Origin::native,
                                               auth::hash_secret(server.key), clock.wall_now());
    if (!added) {
      // Most likely a start was interrupted: what it registered has a key that nobody knows.
      return fail(
          Error(added.error())
              .with_context("cannot register " + server.name + "; give a new or empty folder"));
    }
    fleet.servers.push_back(std::move(server));
  }
  return save_demo_fleet(folder, fleet);
}

Result<std::optional<std::string>> make_demo_account(const std::filesystem::path& folder) {
  auto registry = store::open_registry({folder, {}});
  if (!registry) return fail(registry.error());
  const auto users = (*registry)->count_users();
  if (!users) return fail(users.error());
  if (*users > 0) return std::nullopt;
  std::string password = auth::make_random_id();
  const auto hash = auth::hash_password(password);
  if (!hash) return fail(hash.error());
  if (auto added = (*registry)->add_first_user("demo", *hash); !added) return fail(added.error());
  return password;
}

}  // namespace wakeful::cli
