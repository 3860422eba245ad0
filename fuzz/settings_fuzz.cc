// Settings::load with any bytes as its TOML file, and the parsers of single values.
#include <array>
#include <string>
#include <unistd.h>

#include <sys/mman.h>

#include "base/settings.h"
#include "fuzz/fuzz.h"

namespace wakeful {
namespace {

constexpr Setting kTable[] = {
    {"listen", SettingKind::text, "127.0.0.1:8000", "Address and port."},
    {"open", SettingKind::boolean, "false", "Whether it is open."},
    {"workers", SettingKind::integer, "4", "Threads."},
    {"limits.body_bytes", SettingKind::size_bytes, "16MiB", "Largest body."},
    {"limits.idle", SettingKind::duration, "1m30s", "Longest silence."},
    {"legacy.allowed_networks", SettingKind::text_list, "127.0.0.0/8", "Who may."},
};

/// A file without a disk. It lives as long as the program.
int memory_file() {
  static const int file = ::memfd_create("settings", 0);
  WAKEFUL_CHECK(file >= 0);
  return file;
}

void write_all(int file, std::string_view text) {
  WAKEFUL_CHECK(::ftruncate(file, 0) == 0);
  const auto put = ::pwrite(file, text.data(), text.size(), 0);
  WAKEFUL_CHECK(put == static_cast<ssize_t>(text.size()));
}

void check_values(const Settings& settings) {
  static_cast<void>(settings.text("listen"));
  static_cast<void>(settings.boolean("open"));
  static_cast<void>(settings.integer("workers"));
  WAKEFUL_CHECK(settings.size_bytes("limits.body_bytes") >= 0);
  WAKEFUL_CHECK(settings.duration("limits.idle") >= Milliseconds(0));
  static_cast<void>(settings.text_list("legacy.allowed_networks"));
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  write_all(memory_file(), text);
  const auto path = "/proc/self/fd/" + std::to_string(memory_file());
  if (const auto settings = Settings::load(kTable, "WAKEFUL", path, nothing, {})) {
    check_values(*settings);
  } else {
    for (const auto line : split(settings.error().message, '\n')) check_message(line);
  }
  const auto everywhere = [&](const std::string&) { return std::optional<std::string>(text); };
  if (const auto settings = Settings::load(kTable, "WAKEFUL", {}, everywhere, {})) {
    check_values(*settings);
  }
  if (const auto duration = parse_duration(text)) WAKEFUL_CHECK(*duration >= Milliseconds(0));
  if (const auto bytes = parse_size_bytes(text)) WAKEFUL_CHECK(*bytes >= 0);
  return 0;
}
