// model/server.h: a server as its owner registered it, and what happened to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "model/report.h"

namespace wakeful::model {

/// Never reused, also after a delete.
enum class ServerId : std::int64_t {};
inline std::int64_t to_number(ServerId id) { return static_cast<std::int64_t>(id); }

struct Server {
  ServerId id{};
  std::string name;  ///< 1 to 100 bytes of UTF-8 without control characters, unique
  Origin origin =
      Origin::native;  ///< native: registered by its owner; others appeared by themselves
  WallTime created;
};

/// Numbers are stored on disk.
enum class ServerState : std::uint8_t { empty = 1, on = 2, off = 3 };
std::string_view server_state_name(ServerState state);

enum class EventKind : std::uint8_t { state_changed = 1, rebooted = 2, key_conflict = 3 };
std::string_view event_kind_name(EventKind kind);

/// Something that happened to a server, kept.
struct ServerEvent {
  ServerId server{};
  WallTime time;
  EventKind kind = EventKind::state_changed;
  std::optional<ServerState> from;  ///< state_changed only
  std::optional<ServerState> to;    ///< state_changed only
  std::string cause;                ///< for people: "no report for 24 s (expected every 8 s)"
};

/// Why a name cannot be a server's name, or the name trimmed.
/// errors  invalid: empty, over 100 bytes, not UTF-8, or with control characters
Result<std::string> check_server_name(std::string_view name);

}  // namespace wakeful::model
