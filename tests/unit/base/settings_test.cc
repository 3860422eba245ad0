#include "base/settings.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/strings.h"
#include "support/temp_folder.h"

namespace wakeful {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Setting kTable[] = {
    {"listen", SettingKind::text, "127.0.0.1:8000", "Address and port."},
    {"open", SettingKind::boolean, "false", "Whether it is open."},
    {"workers", SettingKind::integer, "4", "Threads."},
    {"limits.body_bytes", SettingKind::size_bytes, "16MiB", "Largest body."},
    {"limits.idle", SettingKind::duration, "1m30s", "Longest silence | of a client."},
    {"legacy.allowed_networks", SettingKind::text_list, "127.0.0.0/8, ::1/128", "Who may."},
};

class SettingsTest : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view toml) {
    EXPECT_TRUE(write_file_atomic(dir_.path() / "wakeful.toml", toml));
    return dir_.path() / "wakeful.toml";
  }

  Result<Settings> load(const std::optional<std::filesystem::path>& file = {},
                        const std::map<std::string, std::string>& environment = {},
                        const std::map<std::string, std::string>& overrides = {}) {
    const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    };
    return Settings::load(kTable, "WAKEFUL", file, lookup, overrides);
  }

  /// The problems, one each, with the file's folder cut off.
  std::vector<std::string> problems(const Result<Settings>& result) {
    if (result) return {"no problem"};
    EXPECT_EQ(result.error().code, Errc::invalid);
    std::vector<std::string> out;
    const auto folder = dir_.path().string() + "/";
    for (const auto line : split(result.error().message, '\n')) {
      std::string text(line);
      if (text.starts_with(folder)) text.erase(0, folder.size());
      out.push_back(std::move(text));
    }
    return out;
  }
  std::vector<std::string> problems_of(std::string_view toml) {
    return problems(load(write(toml)));
  }

  test::TempFolder dir_;
};

TEST_F(SettingsTest, HasItsDefaults) {
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->text("listen"), "127.0.0.1:8000");
  EXPECT_FALSE(settings->boolean("open"));
  EXPECT_EQ(settings->integer("workers"), 4);
  EXPECT_EQ(settings->size_bytes("limits.body_bytes"), 16 << 20);
  EXPECT_EQ(settings->duration("limits.idle"), Milliseconds(90'000));
  EXPECT_THAT(settings->text_list("legacy.allowed_networks"),
              ElementsAre("127.0.0.0/8", "::1/128"));
}

TEST_F(SettingsTest, ReadsEveryKindFromTheFile) {
  const auto settings = load(write(R"(
listen = "[::]:80"
open = true
workers = -1
limits.body_bytes = 1024
[limits]
idle = "2h"
[legacy]
allowed_networks = ["10.0.0.0/8", "a, b"]
)"));
  // limits is opened twice: dotted and as a table; TOML forbids it.
  ASSERT_FALSE(settings);
  const auto again = load(write(R"(
listen = "[::]:80"
open = true
workers = -1
limits.body_bytes = 1024
limits.idle = "2h"
[legacy]
allowed_networks = ["10.0.0.0/8", "a, b"]
)"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->text("listen"), "[::]:80");
  EXPECT_TRUE(again->boolean("open"));
  EXPECT_EQ(again->integer("workers"), -1);
  EXPECT_EQ(again->size_bytes("limits.body_bytes"), 1024);
  EXPECT_EQ(again->duration("limits.idle"), Milliseconds(7'200'000));
  EXPECT_THAT(again->text_list("legacy.allowed_networks"), ElementsAre("10.0.0.0/8", "a, b"));
}

TEST_F(SettingsTest, PrefersTheFlagToTheEnvironmentToTheFile) {
  const auto file = write("workers = 1\n");
  EXPECT_EQ(load(file)->integer("workers"), 1);
  EXPECT_EQ(load(file, {{"WAKEFUL_WORKERS", "2"}})->integer("workers"), 2);
  EXPECT_EQ(load(file, {{"WAKEFUL_WORKERS", "2"}}, {{"workers", "3"}})->integer("workers"), 3);
}

TEST_F(SettingsTest, ReadsListsFromTheEnvironment) {
  const auto list = [&](const std::string& text) {
    return load({}, {{"WAKEFUL_LEGACY_ALLOWED_NETWORKS", text}})
        ->text_list("legacy.allowed_networks");
  };
  EXPECT_THAT(list("a, b ,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(list(""), IsEmpty()) << "none at all, rather than the default";
}

TEST_F(SettingsTest, NamesTheFileThatIsNotThere) {
  EXPECT_THAT(problems(load(dir_.path() / "absent.toml")),
              ElementsAre("absent.toml: No such file or directory"));
}

TEST_F(SettingsTest, SaysWhereTheFileIsNotToml) {
  const auto found = problems_of("open = true\nworkers = \n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], testing::StartsWith("wakeful.toml:2: not TOML: "));
  EXPECT_THAT(problems_of("open = tru\x1b[31m")[0], testing::Not(HasSubstr("\x1b")));
  EXPECT_THAT(problems_of("[%listen]\n")[0], testing::StartsWith("wakeful.toml:1: not TOML: "));
  for (const auto* stray : {"é", "б", "한", "ɩ", "\u00a0"}) {
    EXPECT_THAT(problems_of("workers = 1" + std::string(stray) + "\n")[0],
                testing::StartsWith("wakeful.toml:1: not TOML: "))
        << stray;
  }
}

TEST_F(SettingsTest, RefusesUnknownKeysWithTheNearestKnown) {
  EXPECT_THAT(problems_of("\nlisen = \"x\"\n"),
              ElementsAre("wakeful.toml:2: lisen: unknown key; did you mean listen?"));
  EXPECT_THAT(problems_of("[limits]\nidel = \"1s\"\n"),
              ElementsAre("wakeful.toml:2: limits.idel: unknown key; did you mean limits.idle?"));
  EXPECT_THAT(problems_of("[legcy]\nallowed_networks = []\n"),
              ElementsAre("wakeful.toml:1: legcy: unknown key; did you mean legacy?"));
  EXPECT_THAT(
      problems_of("[[colours]]\nred = 1\n"),
      ElementsAre("wakeful.toml:1: colours: unknown key; the known ones are listen, open, workers, "
                  "limits.body_bytes, limits.idle, legacy.allowed_networks"));
  EXPECT_THAT(problems(load({}, {}, {{"wrokers", "1"}})),
              ElementsAre("--wrokers: unknown key; did you mean workers?"));
}

TEST_F(SettingsTest, SaysWhichKindWasExpectedAndWhatCame) {
  EXPECT_THAT(problems_of("open = \"yes\""),
              ElementsAre("wakeful.toml:1: open: expected true or false, got \"yes\""));
  EXPECT_THAT(problems_of("workers = 1.5"),
              ElementsAre("wakeful.toml:1: workers: expected a whole number, got 1.5"));
  EXPECT_THAT(problems_of("workers = nan"),
              ElementsAre("wakeful.toml:1: workers: expected a whole number, got nan"));
  EXPECT_THAT(problems_of("listen = 2024-01-01"),
              ElementsAre("wakeful.toml:1: listen: expected text, got a date or time"));
  EXPECT_THAT(problems_of("listen = []"),
              ElementsAre("wakeful.toml:1: listen: expected text, got an array"));
  EXPECT_THAT(problems_of("[listen]"),
              ElementsAre("wakeful.toml:1: listen: expected text, got a table"));
  EXPECT_THAT(problems_of("limits = 5"),
              ElementsAre("wakeful.toml:1: limits: expected a table, got 5"));
  EXPECT_THAT(problems_of("[[limits]]\nidle = \"1s\""),
              ElementsAre("wakeful.toml:1: limits: expected a table, got an array"));
  EXPECT_THAT(
      problems_of("limits.idle = 8"),
      ElementsAre("wakeful.toml:1: limits.idle: expected a duration such as \"8s\", got 8"));
  EXPECT_THAT(
      problems_of("limits.body_bytes = -1"),
      ElementsAre("wakeful.toml:1: limits.body_bytes: expected a size such as 65536, 64KiB, "
                  "10MiB or 1GiB, got \"-1\""));
  EXPECT_THAT(problems_of("legacy.allowed_networks = \"10.0.0.0/8\""),
              ElementsAre("wakeful.toml:1: legacy.allowed_networks: expected a list of texts, got "
                          "\"10.0.0.0/8\""));
  EXPECT_THAT(
      problems_of("legacy.allowed_networks = [\"a\",\n  5]"),
      ElementsAre(
          "wakeful.toml:2: legacy.allowed_networks: expected a list of texts, got 5 in it"));
}

TEST_F(SettingsTest, ListsEveryProblemOfEveryLayerAtOnce) {
  const auto result = load(write("lisen = 1\nworkers = \"four\"\n"),
                           {{"WAKEFUL_OPEN", "maybe"}, {"WAKEFUL_LIMITS_IDLE", "8"}},
                           {{"limits.body_bytes", "10MB"}});
  EXPECT_THAT(
      problems(result),
      ElementsAre(
          "wakeful.toml:1: lisen: unknown key; did you mean listen?",
          "wakeful.toml:2: workers: expected a whole number, got \"four\"",
          "WAKEFUL_OPEN: expected true or false, got \"maybe\"",
          "WAKEFUL_LIMITS_IDLE: expected a duration such as 500ms, 8s, 1m30s, 2h or 7d, got "
          "\"8\"",
          "--limits-body-bytes: expected a size such as 65536, 64KiB, 10MiB or 1GiB, got "
          "\"10MB\""));
}

TEST_F(SettingsTest, KeepsAHostileValueOnItsLine) {
  const auto found =
      problems(load({}, {{"WAKEFUL_WORKERS", "a\nb\x1b\xff" + std::string(100, 'x')}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], HasSubstr(R"(got "a\x0ab\x1b\xffxxx)"));
  EXPECT_LT(found[0].size(), 200U);
}

TEST_F(SettingsTest, BreaksTheContractOnAnUnknownKeyOrKind) {
  const auto settings = load();
  EXPECT_DEATH(static_cast<void>(settings->text("absent")), "contract broken");
  EXPECT_DEATH(static_cast<void>(settings->text("workers")), "contract broken");
}

TEST(ParseDuration, AddsItsParts) {
  EXPECT_EQ(*parse_duration("8s"), Milliseconds(8000));
  EXPECT_EQ(*parse_duration("500ms"), Milliseconds(500));
  EXPECT_EQ(*parse_duration("1m30s"), Milliseconds(90'000));
  EXPECT_EQ(*parse_duration("2h"), Milliseconds(7'200'000));
  EXPECT_EQ(*parse_duration("7d"), Milliseconds(604'800'000));
  EXPECT_EQ(*parse_duration("1d2h3m4s5ms"), Milliseconds(93'784'005));
  EXPECT_EQ(*parse_duration("0s"), Milliseconds(0));
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const auto* bad :
       {"", "8", "s", "-8s", "8 s", " 8s", "8S", "1.5s", "8sec", "30s1m", "1s1s",
        "99999999999999999999s", "9223372036854775807s", "200000000000d", "8s5"}) {
    const auto result = parse_duration(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, Errc::invalid);
    EXPECT_THAT(result.error().message, HasSubstr("expected a duration such as"));
  }
}

TEST(ParseSizeBytes, ReadsBinaryUnits) {
  EXPECT_EQ(*parse_size_bytes("0"), 0);
  EXPECT_EQ(*parse_size_bytes("65536"), 65536);
  EXPECT_EQ(*parse_size_bytes("64KiB"), 65536);
  EXPECT_EQ(*parse_size_bytes("10MiB"), 10 << 20);
  EXPECT_EQ(*parse_size_bytes("1GiB"), 1 << 30);
  EXPECT_EQ(*parse_size_bytes("2TiB"), std::int64_t{2} << 40);
  EXPECT_EQ(*parse_size_bytes("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
}

TEST(ParseSizeBytes, RefusesEverythingElse) {
  for (const auto* bad : {"", "KiB", "-1", "1.5MiB", "10MB", "10 MiB", "10mib", "1K",
                          "9223372036854775808", "9999999999TiB"}) {
    const auto result = parse_size_bytes(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, Errc::invalid);
    EXPECT_THAT(result.error().message, HasSubstr("expected a size such as"));
  }
}

TEST(SettingsMarkdown, HasOneRowASetting) {
  const auto page = settings_markdown(kTable, "WAKEFUL");
  EXPECT_THAT(page,
              testing::StartsWith("| key | default | environment variable | meaning |\n|---"));
  EXPECT_THAT(page, HasSubstr("| `workers` | `4` | `WAKEFUL_WORKERS` | Threads. |\n"));
  EXPECT_THAT(page, HasSubstr("| `limits.idle` | `1m30s` | `WAKEFUL_LIMITS_IDLE` | Longest silence "
                              "\\| of a client. |\n"));
  constexpr Setting kEmpty[] = {{"a.b", SettingKind::text, "", "Nothing."}};
  EXPECT_THAT(settings_markdown(kEmpty, "X"), HasSubstr("| `a.b` | none | `X_A_B` | Nothing. |"));
}

}  // namespace
}  // namespace wakeful
