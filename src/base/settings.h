// base/settings.h: configuration as one table per program: TOML file < environment < command-line
// flag.
//
// Each program states its settings once; the same table gives the parser, the error messages,
// --help and docs/configuration.md. Values are checked here for their kind; what they mean is the
// program's business.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace wakeful {

enum class SettingKind { text, boolean, integer, duration, size_bytes, text_list };

struct Setting {
  std::string_view key;  ///< dotted TOML path, such as "legacy.allowed_networks"
  SettingKind kind;
  std::string_view
      default_value;      ///< as one would write it in the environment; lists are comma-separated
  std::string_view help;  ///< one sentence
};

/// The values of one program, valid by construction.
class Settings {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string&)>;

  /// Read all layers. prefix "WAKEFUL" makes "legacy.allowed_networks" the variable
  /// WAKEFUL_LEGACY_ALLOWED_NETWORKS. file       absent: no file layer. A file that is named must
  /// exist. overrides  key -> text, from the command line errors     invalid: every problem of
  /// every layer, one a line, each naming file:line, variable or flag, what was
  ///            expected and what came; unknown keys name the nearest known one.
  static Result<Settings> load(std::span<const Setting> table, std::string_view prefix,
                               const std::optional<std::filesystem::path>& file,
                               const Environment& environment,
                               const std::map<std::string, std::string>& overrides);

  /// As load, for callers that check more than kinds and list everything at once: the problems are
  /// appended to the list, and a setting that has one keeps its default.
  static Settings load_valid_part(std::span<const Setting> table, std::string_view prefix,
                                  const std::optional<std::filesystem::path>& file,
                                  const Environment& environment,
                                  const std::map<std::string, std::string>& overrides,
                                  std::vector<std::string>& problems);

  // Reading a key that is not in the table, or as another kind, breaks the contract.
  std::string text(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  Milliseconds duration(std::string_view key) const;
  std::int64_t size_bytes(std::string_view key) const;
  std::vector<std::string> text_list(std::string_view key) const;

 private:
  struct Value {
    SettingKind kind;
    std::string text;
    std::vector<std::string> list;
  };
  const Value& value(std::string_view key, SettingKind kind) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// "8s", "500ms", "1m30s", "2h", "7d". errors  invalid: names what was expected
Result<Milliseconds> parse_duration(std::string_view text);
/// "64KiB", "10MiB", "1GiB", plain bytes. errors  invalid
Result<std::int64_t> parse_size_bytes(std::string_view text);

/// The table as a Markdown page section: key, default, environment variable, help.
std::string settings_markdown(std::span<const Setting> table, std::string_view prefix);

}  // namespace wakeful
