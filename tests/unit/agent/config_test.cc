#include "agent/config.h"

#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"
#include "unit/agent/loop_support.h"

namespace wakeful::agent {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  Result<Invocation> load(std::vector<std::string> arguments) {
    return load_config(arguments, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    });
  }

  std::string write(const std::string& name, const std::string& content, unsigned mode) {
    const std::string path = (dir.path() / name).string();
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }

  test::TempFolder dir;
  std::map<std::string, std::string> environment;
};

TEST_F(ConfigTest, ServerAndKeyAreEnough) {
  const auto loaded = load({"--server", "http://127.0.0.1:8000", "--key", "wk_abc"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const AgentConfig& config = loaded->config;
  ASSERT_TRUE(config.server);
  EXPECT_EQ(config.server->port, 8000);
  EXPECT_EQ(config.key, "wk_abc");
  EXPECT_EQ(config.interval, Milliseconds{8000});
  ASSERT_EQ(config.docker.size(), 2U);
  EXPECT_EQ(config.docker[0].host, "/run/docker.sock");
  EXPECT_EQ(config.docker[1].host, "/var/run/docker.sock");
  EXPECT_EQ(config.roots.proc_root, "/proc");
  EXPECT_FALSE(config.once);
  EXPECT_TRUE(config.warnings.empty());
}

TEST_F(ConfigTest, EveryFlagIsRead) {
  const auto loaded =
      load({"--server=https://w.example", "--key=wk_a", "--interval=1m30s", "--once", "--print",
            "--docker=off", "--ca-file=/ca.pem", "--log-level=debug",
            "--root=" + dir.path().string(), "--proc-root=/proc", "--sys-root=/sys"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const AgentConfig& config = loaded->config;
  EXPECT_EQ(config.server->scheme, net::Endpoint::Scheme::https);
  EXPECT_EQ(config.interval, Milliseconds{90'000});
  EXPECT_TRUE(config.once);
  EXPECT_TRUE(config.print);
  EXPECT_TRUE(config.docker.empty());
  EXPECT_EQ(config.ca_file, "/ca.pem");
  EXPECT_EQ(config.log_level, log::Level::debug);
  EXPECT_EQ(config.roots.file_root, dir.path());
}

TEST_F(ConfigTest, CommandLineGoesOverEnvironmentOverFile) {
  const auto file = write("agent.toml",
                          "server = \"http://127.0.0.1:1\"\nkey = \"wk_file\"\ninterval = \"5s\"\n"
                          "log_level = \"error\"\n",
                          0600);
  environment["WAKEFUL_AGENT_SERVER"] = "http://127.0.0.1:2";
  environment["WAKEFUL_AGENT_INTERVAL"] = "6s";
  const auto loaded = load({"--config", file, "--server", "http://127.0.0.1:3"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.server->port, 3);
  EXPECT_EQ(loaded->config.interval, Milliseconds{6000});
  EXPECT_EQ(loaded->config.key, "wk_file");
  EXPECT_EQ(loaded->config.log_level, log::Level::error);
}

TEST_F(ConfigTest, TheFileMayBeNamedByTheOldAgentsVariable) {
  environment["HICLOUD_CONFIG"] =
      write("old.toml", "server = \"http://127.0.0.1:1\"\nkey = \"wk_file\"\n", 0600);
  const auto loaded = load({});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.key, "wk_file");
}

TEST_F(ConfigTest, AKeyFileIsReadAndItsRightsAreChecked) {
  const auto good = write("good", "wk_abc\n", 0600);
  auto loaded = load({"--server", "http://127.0.0.1:1", "--key-file", good});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.key, "wk_abc");
  EXPECT_TRUE(loaded->config.warnings.empty());

  const auto open = write("open", "wk_abc\n", 0644);
  loaded = load({"--server", "http://127.0.0.1:1", "--key-file", open});
  ASSERT_TRUE(loaded) << "it warns, it does not refuse";
  ASSERT_EQ(loaded->config.warnings.size(), 1U);
  EXPECT_THAT(loaded->config.warnings.front(), HasSubstr("chmod 600 " + open));
}

TEST_F(ConfigTest, AConfigFileThatHoldsTheKeyIsCheckedToo) {
  const auto file = write("a.toml", "server = \"http://127.0.0.1:1\"\nkey = \"wk_a\"\n", 0644);
  const auto loaded = load({"--config", file});
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->config.warnings.size(), 1U);
  EXPECT_THAT(loaded->config.warnings.front(), HasSubstr("chmod 600"));
}

TEST_F(ConfigTest, AKeyThatTravelsInTheClearIsWarnedOf) {
  const auto loaded = load({"--server", "http://10.0.0.1:8000", "--key", "wk_a"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->config.warnings.size(), 1U);
  EXPECT_THAT(loaded->config.warnings.front(), HasSubstr("https://"));
}

TEST_F(ConfigTest, AFlagForTheKeyReplacesAKeyFileOfALowerLayer) {
  environment["WAKEFUL_AGENT_KEY_FILE"] = "/does/not/exist";
  const auto loaded = load({"--server", "http://127.0.0.1:1", "--key", "wk_a"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.key, "wk_a");
}

TEST_F(ConfigTest, AllProblemsAreListedAtOnce) {
  const auto loaded = load({"--server", "ftp://x", "--interval", "100ms", "--docker", "nonsense",
                            "--log-level", "loud", "--proc-root", "/does/not/exist"});
  ASSERT_FALSE(loaded);
  const std::string& message = loaded.error().message;
  for (const char* part : {"server:", "key: missing", "interval: expected 1s to 1h, got 100ms",
                           "docker:", "log_level:", "proc_root: expected a directory"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_EQ(std::ranges::count(message, '\n'), 5) << message;
}

TEST_F(ConfigTest, AValueOfTheWrongKindDoesNotHideTheOtherProblems) {
  const auto loaded = load({"--interval", "often", "--docker", "nonsense"});
  ASSERT_FALSE(loaded);
  for (const char* part : {"--interval: expected a duration", "server: missing", "docker:"}) {
    EXPECT_THAT(loaded.error().message, HasSubstr(part));
  }
}

TEST_F(ConfigTest, AnUnknownOptionNamesTheNearestOne) {
  const auto loaded = load({"--intervall", "8s", "--wat"});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("did you mean --interval?"));
  EXPECT_THAT(loaded.error().message, HasSubstr("--wat: no such option"));
}

TEST_F(ConfigTest, AnOptionWithoutItsValueIsRefused) {
  const auto loaded = load({"--server"});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("--server"));
}

struct BadLine {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};

class BadLineTest : public ConfigTest, public ::testing::WithParamInterface<BadLine> {};

TEST_P(BadLineTest, IsRefusedWithTheReason) {
  const auto loaded = load(GetParam().arguments);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, BadLineTest,
    ::testing::Values(
        BadLine{"NoServer", {"--key", "wk_a"}, "server: missing"},
        BadLine{"PrintAloneNeedsAServer", {"--print"}, "server: missing"},
        BadLine{
            "UnixServer", {"--server", "unix:/x", "--key", "wk_a"}, "expected http:// or https://"},
        BadLine{"KeyTwice",
                {"--server", "http://h", "--key", "wk_a", "--key-file", "/f"},
                "expected one of them"},
        BadLine{"KeyWithBlank", {"--server", "http://h", "--key", "wk a"}, "key: expected"},
        BadLine{
            "KeyWithLineBreak", {"--server", "http://h", "--key", "a\r\nX: y"}, "key: expected"},
        BadLine{"KeyFileAbsent",
                {"--server", "http://h", "--key-file", "/does/not/exist"},
                "/does/not/exist"},
        BadLine{"IntervalIsAWord",
                {"--server", "http://h", "--key", "k", "--interval", "often"},
                "--interval"},
        BadLine{"IntervalTooLong",
                {"--server", "http://h", "--key", "k", "--interval", "2h"},
                "expected 1s to 1h"},
        BadLine{"ConfigAbsent", {"--config", "/does/not/exist"}, "/does/not/exist"},
        BadLine{"AWord", {"http://h"}, "expected an option"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(ConfigTest, AnEmptyKeyFileIsRefused) {
  const auto loaded =
      load({"--server", "http://127.0.0.1:1", "--key-file", write("empty", "\n", 0600)});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("expected a key"));
}

TEST_F(ConfigTest, UnknownKeysOfTheFileAreRefusedWithTheNearest) {
  const auto loaded = load({"--config", write("a.toml", "intervall = \"8s\"\n", 0600)});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("interval"));
}

TEST_F(ConfigTest, OncePrintNeedsNoServer) {
  const auto loaded = load({"--once", "--print"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_FALSE(loaded->config.server);
}

TEST_F(ConfigTest, HelpNamesEveryOptionTheExitCodesAndExamples) {
  const auto loaded = load({"--help"});
  ASSERT_TRUE(loaded);
  ASSERT_TRUE(loaded->text);
  for (const char* part :
       {"--server", "--key", "--key-file", "--interval", "--once", "--print", "--config",
        "--proc-root", "--sys-root", "--root", "--docker", "--ca-file", "--log-level", "--version",
        "Exit codes", "Examples", "ps"}) {
    EXPECT_THAT(*loaded->text, HasSubstr(part));
  }
}

TEST_F(ConfigTest, VersionIsAText) {
  const auto loaded = load({"--version"});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->text.value_or(""), HasSubstr("wakeful-agent "));
}

TEST(HideKeyArgument, OverwritesBothForms) {
  char program[] = "wakeful-agent";
  char flag[] = "--key";
  char value[] = "wk_secret";
  char joined[] = "--key=wk_secret";
  char other[] = "--key-file=/f";
  char* argv[] = {program, flag, value, joined, other};
  hide_key_argument(5, argv);
  EXPECT_STREQ(value, "xxxxxxxxx");
  EXPECT_STREQ(joined, "--key=xxxxxxxxx");
  EXPECT_STREQ(other, "--key-file=/f");
}

}  // namespace
}  // namespace wakeful::agent
