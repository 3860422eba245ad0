// base/detail/settings_value.h: one setting's text, checked for its kind. Shared by the layers of
// base/settings.cc.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/settings.h"

namespace wakeful::detail {

struct SettingText {
  std::string text;
  std::vector<std::string> list;  ///< of a text_list
};
using SettingTexts = std::map<std::string_view, SettingText, std::less<>>;

/// Check a text as it stands in the environment or behind a flag.
/// errors  invalid: "expected …, got …"
Result<SettingText> check_text(SettingKind kind, std::string_view text);

/// "expected …" for a kind.
std::string_view expected_kind(SettingKind kind);

/// Control characters and broken UTF-8 escaped, at most about max_bytes: safe to print.
std::string show_safely(std::string_view text, std::size_t max_bytes);
/// The same in quotes, shortened.
std::string show_value(std::string_view text);

/// "unknown key; did you mean …?" or what there is.
std::string unknown_key(std::span<const Setting> table, std::string_view key);

}  // namespace wakeful::detail
