#include "model/server.h"

#include "base/strings.h"

namespace wakeful::model {
namespace {
constexpr std::size_t kMaxNameBytes = 100;
}

std::string_view server_state_name(ServerState state) {
  switch (state) {
    case ServerState::empty:
      return "empty";
    case ServerState::on:
      return "on";
    case ServerState::off:
      return "off";
  }
  return "empty";
}

std::string_view event_kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::state_changed:
      return "state_changed";
    case EventKind::rebooted:
      return "rebooted";
    case EventKind::key_conflict:
      return "key_conflict";
  }
  return "state_changed";
}

Result<std::string> check_server_name(std::string_view name) {
  const auto trimmed = trim(name);
  if (trimmed.empty()) return fail(Errc::invalid, "name: expected 1 to 100 bytes, got none");
  if (trimmed.size() > kMaxNameBytes) {
    return fail(Errc::invalid,
                "name: expected at most 100 bytes, got " + std::to_string(trimmed.size()));
  }
  if (!is_utf8(trimmed)) return fail(Errc::invalid, "name: expected UTF-8 text");
  for (const char c : trimmed) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      return fail(Errc::invalid, "name: expected no control characters");
    }
  }
  return std::string(trimmed);
}

}  // namespace wakeful::model
