#include "base/detail/settings_file.h"

#include <algorithm>

#include <fmt/format.h>

// Compiled here whole, without exceptions: the agent is one file and has no shared library beside.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
// toml++ 3.3 asserts in parse_key() what it then tests and reports, so that "[%]" would abort.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

#include "base/file.h"
#include "base/strings.h"

namespace wakeful::detail {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

std::string show_node(const toml::node& node) {
  if (const auto* text = node.as_string()) return show_value(text->get());
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  return "a date or time";
}

class FileReader {
 public:
  FileReader(std::span<const Setting> table, std::string file, SettingTexts& texts,
             std::vector<std::string>& problems)
      : table_(table), file_(std::move(file)), texts_(texts), problems_(problems) {}

  void read_table(const toml::table& values, const std::string& prefix) {
    for (const auto& [name, node] : values) {
      const auto key = prefix + std::string(name.str());
      if (const auto found = std::ranges::find(table_, key, &Setting::key); found != table_.end()) {
        read_value(*found, node);
      } else if (node.is_table() && is_table(key)) {
        read_table(*node.as_table(), key + ".");
      } else if (is_table(key)) {
        problem(node, key, "expected a table, got " + show_node(node));
      } else {
        problems_.push_back(fmt::format("{}:{}: {}: {}", file_, name.source().begin.line,
                                        show_key(key), unknown_key(table_, key)));
      }
    }
  }

 private:
  bool is_table(const std::string& key) const {
    return std::ranges::any_of(
        table_, [start = key + "."](const Setting& one) { return one.key.starts_with(start); });
  }

  /// A bare key stays bare; one with odd characters is escaped.
  static std::string show_key(const std::string& key) {
    auto quoted = show_value(key);
    return quoted == '"' + key + '"' ? key : quoted;
  }

  void problem(const toml::node& node, std::string_view key, std::string_view what) {
    problems_.push_back(fmt::format("{}:{}: {}: {}", file_, node.source().begin.line, key, what));
  }

  void wrong(const toml::node& node, const Setting& setting) {
    problem(node, setting.key,
            fmt::format("expected {}, got {}", expected_kind(setting.kind), show_node(node)));
  }

  void read_value(const Setting& setting, const toml::node& node) {
    std::string text;
    switch (setting.kind) {
      case SettingKind::text_list:
        return read_list(setting, node);
      case SettingKind::boolean:
        if (!node.is_boolean()) return wrong(node, setting);
        text = node.as_boolean()->get() ? "true" : "false";
        break;
      case SettingKind::integer:
        if (!node.is_integer()) return wrong(node, setting);
        text = std::to_string(node.as_integer()->get());
        break;
      case SettingKind::size_bytes:
        if (node.is_integer()) {
          text = std::to_string(node.as_integer()->get());
          break;
        }
        [[fallthrough]];
      case SettingKind::text:
      case SettingKind::duration:
        if (!node.is_string()) return wrong(node, setting);
        text = node.as_string()->get();
        break;
    }
    auto value = check_text(setting.kind, text);
    if (!value) return problem(node, setting.key, value.error().message);
    texts_.insert_or_assign(setting.key, std::move(*value));
  }

  void read_list(const Setting& setting, const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr) return wrong(node, setting);
    SettingText value;
    for (const auto& item : *array) {
      const auto* text = item.as_string();
      if (text == nullptr) {
        return problem(item, setting.key,
                       "expected a list of texts, got " + show_node(item) + " in it");
      }
      value.list.push_back(text->get());
    }
    texts_.insert_or_assign(setting.key, std::move(value));
  }

  std::span<const Setting> table_;
  std::string file_;
  SettingTexts& texts_;
  std::vector<std::string>& problems_;
};

}  // namespace

void read_settings_file(std::span<const Setting> table, const std::filesystem::path& file,
                        SettingTexts& texts, std::vector<std::string>& problems) {
  const auto content = read_file(file, kMaxFileBytes);
  if (!content) {
    problems.push_back(content.error().message);
    return;
  }
  const auto parsed = toml::parse(std::string_view(*content));
  if (!parsed) {
    const auto& error = parsed.error();
    problems.push_back(fmt::format("{}:{}: not TOML: {} (column {})", file.string(),
                                   error.source().begin.line, error.description(),
                                   error.source().begin.column));
    return;
  }
  FileReader(table, file.string(), texts, problems).read_table(parsed.table(), "");
}

}  // namespace wakeful::detail
