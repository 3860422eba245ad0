// base/detail/settings_file.h: the TOML layer of base/settings.cc, and the only includer of toml++.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/detail/settings_value.h"

namespace wakeful::detail {

/// Put the file's values into texts; every problem becomes a line "FILE:LINE: …".
void read_settings_file(std::span<const Setting> table, const std::filesystem::path& file,
                        SettingTexts& texts, std::vector<std::string>& problems);

}  // namespace wakeful::detail
