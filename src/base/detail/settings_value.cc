#include "base/detail/settings_value.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace wakeful::detail {
namespace {

constexpr std::size_t kShownBytes = 60;

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  for (const auto piece : split(text, ',')) {
    if (const auto item = trim(piece); !item.empty()) out.emplace_back(item);
  }
  return out;
}

}  // namespace

std::string_view expected_kind(SettingKind kind) {
  switch (kind) {
    case SettingKind::text:
      return "text";
    case SettingKind::boolean:
      return "true or false";
    case SettingKind::integer:
      return "a whole number";
    case SettingKind::duration:
      return "a duration such as \"8s\"";
    case SettingKind::size_bytes:
      return "a size such as \"64KiB\" or a number of bytes";
    case SettingKind::text_list:
      return "a list of texts";
  }
  return "text";
}

Result<SettingText> check_text(SettingKind kind, std::string_view text) {
  SettingText value{std::string(text), {}};
  const auto wrong = [&] {
    return fail(Errc::invalid,
                fmt::format("expected {}, got {}", expected_kind(kind), show_value(text)));
  };
  switch (kind) {
    case SettingKind::text:
      return value;
    case SettingKind::boolean:
      if (text != "true" && text != "false") return wrong();
      return value;
    case SettingKind::integer:
      if (!parse_integer<std::int64_t>(text)) return wrong();
      return value;
    case SettingKind::duration:
      if (auto duration = parse_duration(text); !duration) return fail(std::move(duration.error()));
      return value;
    case SettingKind::size_bytes:
      if (auto size = parse_size_bytes(text); !size) return fail(std::move(size.error()));
      return value;
    case SettingKind::text_list:
      value.list = split_list(text);
      return value;
  }
  return value;
}

std::string show_safely(std::string_view text, std::size_t max_bytes) {
  const auto shown = shorten(text, max_bytes);
  const bool valid = is_utf8(shown);
  std::string out;
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f || (!valid && byte >= 0x80)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string show_value(std::string_view text) { return '"' + show_safely(text, kShownBytes) + '"'; }

std::string unknown_key(std::span<const Setting> table, std::string_view key) {
  std::vector<std::string_view> known;
  for (const auto& setting : table) {
    known.push_back(setting.key);
    // A table's own name is known too: "legcy" is one letter from "legacy".
    for (auto dot = setting.key.find('.'); dot != std::string_view::npos;
         dot = setting.key.find('.', dot + 1)) {
      known.push_back(setting.key.substr(0, dot));
    }
  }
  const auto guess = nearest(key, known);
  if (!guess.empty()) return fmt::format("unknown key; did you mean {}?", guess);
  std::vector<std::string_view> keys;
  for (const auto& setting : table) keys.push_back(setting.key);
  return fmt::format("unknown key; the known ones are {}", fmt::join(keys, ", "));
}

}  // namespace wakeful::detail
