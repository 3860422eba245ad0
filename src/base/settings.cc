#include "base/settings.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"
#include "base/detail/settings_file.h"
#include "base/detail/settings_value.h"
#include "base/strings.h"

namespace wakeful {
namespace {

std::string variable_name(std::string_view prefix, std::string_view key) {
  std::string out(prefix);
  out += '_';
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    out += lower ? static_cast<char>(c - 'a' + 'A') : (c == '.' || c == '-') ? '_' : c;
  }
  return out;
}

std::string flag_name(std::string_view key) {
  std::string out = "--";
  for (const char c : key) out += c == '.' || c == '_' ? '-' : c;
  return out;
}

/// One line of a Markdown table must not be broken by what stands in it.
std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

}  // namespace

Result<Settings> Settings::load(std::span<const Setting> table, std::string_view prefix,
                                const std::optional<std::filesystem::path>& file,
                                const Environment& environment,
                                const std::map<std::string, std::string>& overrides) {
  std::vector<std::string> problems;
  auto settings = load_valid_part(table, prefix, file, environment, overrides, problems);
  if (!problems.empty()) return fail(Errc::invalid, fmt::format("{}", fmt::join(problems, "\n")));
  return settings;
}

Settings Settings::load_valid_part(std::span<const Setting> table, std::string_view prefix,
                                   const std::optional<std::filesystem::path>& file,
                                   const Environment& environment,
                                   const std::map<std::string, std::string>& overrides,
                                   std::vector<std::string>& problems) {
  detail::SettingTexts texts;
  for (const auto& setting : table) {
    const auto value = detail::check_text(setting.kind, setting.default_value);
    WAKEFUL_CHECK(value.has_value());  // a table with a bad default is our own fault
    texts.insert_or_assign(setting.key, *value);
  }
  if (file) detail::read_settings_file(table, *file, texts, problems);

  const auto take = [&](const Setting& setting, std::string_view where, std::string_view text) {
    auto value = detail::check_text(setting.kind, text);
    if (value) {
      texts.insert_or_assign(setting.key, std::move(*value));
    } else {
      problems.push_back(fmt::format("{}: {}", where, value.error().message));
    }
  };
  for (const auto& setting : table) {
    const auto variable = variable_name(prefix, setting.key);
    if (const auto text = environment(variable)) take(setting, variable, *text);
  }
  for (const auto& [key, text] : overrides) {
    const auto setting = std::ranges::find(table, key, &Setting::key);
    if (setting == table.end()) {
      problems.push_back(flag_name(key) + ": " + detail::unknown_key(table, key));
    } else {
      take(*setting, flag_name(key), text);
    }
  }

  Settings out;
  for (const auto& setting : table) {
    auto& value = texts.find(setting.key)->second;
    out.values_[std::string(setting.key)] = {setting.kind, std::move(value.text),
                                             std::move(value.list)};
  }
  return out;
}

const Settings::Value& Settings::value(std::string_view key, SettingKind kind) const {
  const auto found = values_.find(key);
  WAKEFUL_CHECK(found != values_.end());
  WAKEFUL_CHECK(found->second.kind == kind);
  return found->second;
}

std::string Settings::text(std::string_view key) const {
  return value(key, SettingKind::text).text;
}

bool Settings::boolean(std::string_view key) const {
  return value(key, SettingKind::boolean).text == "true";
}

std::int64_t Settings::integer(std::string_view key) const {
  return *parse_integer<std::int64_t>(value(key, SettingKind::integer).text);
}

Milliseconds Settings::duration(std::string_view key) const {
  return *parse_duration(value(key, SettingKind::duration).text);
}

std::int64_t Settings::size_bytes(std::string_view key) const {
  return *parse_size_bytes(value(key, SettingKind::size_bytes).text);
}

std::vector<std::string> Settings::text_list(std::string_view key) const {
  return value(key, SettingKind::text_list).list;
}

Result<Milliseconds> parse_duration(std::string_view text) {
  // From the largest down, each at most once: "30s1m" is more likely a slip than a wish.
  static constexpr Unit kUnits[] = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  const auto wrong = [&] {
    return fail(Errc::invalid, "expected a duration such as 500ms, 8s, 1m30s, 2h or 7d, got " +
                                   detail::show_value(text));
  };
  auto rest = text;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  if (rest.empty()) return wrong();
  while (!rest.empty()) {
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto number = parse_integer<std::int64_t>(rest.substr(0, digits));
    rest.remove_prefix(digits);
    const auto letters = std::min(rest.find_first_of("0123456789"), rest.size());
    const auto unit = std::ranges::find(kUnits, rest.substr(0, letters), &Unit::name);
    rest.remove_prefix(letters);
    const auto position = static_cast<std::size_t>(unit - std::begin(kUnits));
    if (!number || unit == std::end(kUnits) || position < next_unit) return wrong();
    next_unit = position + 1;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*number, unit->factor, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return wrong();
    }
  }
  return Milliseconds(total);
}

Result<std::int64_t> parse_size_bytes(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1},
                                    {"KiB", std::int64_t{1} << 10},
                                    {"MiB", std::int64_t{1} << 20},
                                    {"GiB", std::int64_t{1} << 30},
                                    {"TiB", std::int64_t{1} << 40}};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer<std::int64_t>(text.substr(0, digits));
  const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
  std::int64_t bytes = 0;
  if (!number || unit == std::end(kUnits) ||
      __builtin_mul_overflow(*number, unit->factor, &bytes)) {
    return fail(Errc::invalid, "expected a size such as 65536, 64KiB, 10MiB or 1GiB, got " +
                                   detail::show_value(text));
  }
  return bytes;
}

std::string settings_markdown(std::span<const Setting> table, std::string_view prefix) {
  std::string out = "| key | default | environment variable | meaning |\n|---|---|---|---|\n";
  for (const auto& setting : table) {
    const auto shown = setting.default_value.empty()
                           ? std::string("none")
                           : "`" + markdown_cell(setting.default_value) + "`";
    out += fmt::format("| `{}` | {} | `{}` | {} |\n", setting.key, shown,
                       variable_name(prefix, setting.key), markdown_cell(setting.help));
  }
  return out;
}

}  // namespace wakeful
