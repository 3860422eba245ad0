#include "server/config.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store.h"
#include "support/temp_folder.h"

namespace wakeful::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  Result<ServerConfig> load(std::map<std::string, std::string> overrides = {},
                            const std::optional<std::filesystem::path>& file = std::nullopt) {
    const auto lookup = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    };
    return load_config(file, lookup, overrides);
  }
  std::string problems(std::map<std::string, std::string> overrides) {
    const auto config = load(std::move(overrides));
    return config ? "no problem" : config.error().message;
  }
  std::filesystem::path write(const std::string& name, const std::string& content) {
    const auto path = folder.path() / name;
    std::ofstream(path) << content;
    return path;
  }

  test::TempFolder folder;
  std::map<std::string, std::string> environment;
};

TEST_F(ConfigTest, TheDefaultsAreValidAndSafe) {
  const auto config = load();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data, "/var/lib/wakeful");
  EXPECT_EQ(config->listen.host, "127.0.0.1");
  EXPECT_EQ(config->listen.port, 8000);
  EXPECT_TRUE(config->keyless_networks.contains("127.0.0.1"));
  EXPECT_TRUE(config->keyless_networks.contains("::1"));
  EXPECT_FALSE(config->keyless_networks.contains("10.0.0.1"));
  EXPECT_EQ(config->max_body_bytes, 16U << 20);
  EXPECT_EQ(config->retention.raw, std::chrono::hours(24 * 30));
  EXPECT_EQ(config->retention.minutes, std::chrono::hours(24 * 366));
  EXPECT_EQ(config->retention.hours, std::chrono::hours(24 * 3653));
  EXPECT_EQ(config->retention.max_bytes, 0U);
  EXPECT_EQ(config->store_memory, store::StoreOptions{}.unpacked_bytes);
  EXPECT_EQ(config->silence.missed_intervals, 3);
}

TEST_F(ConfigTest, EveryTierHasItsRetention) {
  environment["WAKEFUL_RETENTION_RAW"] = "7d";
  const auto file = write("w.toml",
                          "[retention]\nminutes = \"90d\"\nhours = \"730d\"\n"
                          "max_store_size = \"20GiB\"\n");
  const auto config = load({}, file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->retention.raw, std::chrono::hours(24 * 7));
  EXPECT_EQ(config->retention.minutes, std::chrono::hours(24 * 90));
  EXPECT_EQ(config->retention.hours, std::chrono::hours(24 * 730));
  EXPECT_EQ(config->retention.max_bytes, std::uint64_t{20} << 30);
  EXPECT_THAT(problems({{"retention.max_store_size", "1MiB"}}),
              HasSubstr("retention.max_store_size: expected 16777216 to "));
  EXPECT_THAT(problems({{"store_memory", "1023KiB"}}),
              HasSubstr("store_memory: expected 1048576 to "));
  EXPECT_THAT(problems({{"retention.hours", "59m"}}), HasSubstr("retention.hours: expected "));
}

TEST_F(ConfigTest, FlagsGoOverEnvironmentOverFile) {
  const auto file =
      write("w.toml", "listen = \"127.0.0.1:1\"\ndata = \"/file\"\nlog_level = \"off\"\n");
  environment["WAKEFUL_LISTEN"] = "127.0.0.1:2";
  environment["WAKEFUL_DATA"] = "/environment";
  const auto config = load({{"listen", "127.0.0.1:3"}}, file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen.port, 3);
  EXPECT_EQ(config->data, "/environment");
  EXPECT_EQ(config->log_level, log::Level::off);
}

TEST_F(ConfigTest, TheOldServersVariablesNameFileAndFolder) {
  environment["SERVER_CONFIG"] = write("old.toml", "listen = \"127.0.0.1:4\"\n").string();
  environment["SERVER_HOME"] = "/opt/old";
  auto config = load();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen.port, 4);
  EXPECT_EQ(config->data, "/opt/old");

  environment["WAKEFUL_CONFIG"] = write("new.toml", "listen = \"127.0.0.1:5\"\n").string();
  environment["WAKEFUL_DATA"] = "/opt/new";
  config = load();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen.port, 5);
  EXPECT_EQ(config->data, "/opt/new");
}

TEST_F(ConfigTest, EveryBadValueIsNamedAtOnce) {
  const std::string all = problems({{"data", ""},
                                    {"listen", "gpu3"},
                                    {"log_level", "loud"},
                                    {"public_url", "ftp://x"},
                                    {"legacy.allowed_networks", "10.0.0.1/8,lan"},
                                    {"limits.max_body_bytes", "10"},
                                    {"limits.max_connections", "0"},
                                    {"limits.idle_timeout", "1ms"},
                                    {"silence.missed_intervals", "-1"},
                                    {"retention.raw", "1s"}});
  for (const char* key :
       {"data: ", "listen: ", "log_level: ", "public_url: ", "legacy.allowed_networks: ",
        "limits.max_body_bytes: ", "limits.max_connections: ", "limits.idle_timeout: ",
        "silence.missed_intervals: ", "retention.raw: "}) {
    EXPECT_THAT(all, HasSubstr(key));
  }
  EXPECT_THAT(all, AllOf(HasSubstr("10.0.0.1/8"), HasSubstr("\"lan\""), HasSubstr("\"gpu3\"")));
}

TEST_F(ConfigTest, AnUnknownKeyNamesTheNearestOne) {
  const auto config = load({}, write("w.toml", "lisen = \"127.0.0.1:1\"\n"));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, AllOf(HasSubstr("lisen"), HasSubstr("listen")));
}

TEST_F(ConfigTest, AFileThatIsNamedMustExist) {
  const auto config = load({}, folder.path() / "absent.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("absent.toml"));
}

TEST_F(ConfigTest, ThePublicUrlLosesItsSlash) {
  EXPECT_EQ(load({{"public_url", "https://wakeful.example/"}})->public_url,
            "https://wakeful.example");
}

struct Listen {
  const char* text;
  const char* host;
  std::uint16_t port;
};
class GoodListen : public testing::TestWithParam<Listen> {};

TEST_P(GoodListen, IsUnderstood) {
  const auto address = parse_listen(GetParam().text);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->host, GetParam().host);
  EXPECT_EQ(address->port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodListen,
    testing::Values(Listen{"127.0.0.1:8000", "127.0.0.1", 8000}, Listen{"0.0.0.0:0", "0.0.0.0", 0},
                    Listen{":8000", "0.0.0.0", 8000}, Listen{"localhost:80", "127.0.0.1", 80},
                    Listen{"[::1]:65535", "::1", 65535}, Listen{"[::]:1", "::", 1}));

class BadListen : public testing::TestWithParam<const char*> {};

TEST_P(BadListen, SaysWhatWasExpected) {
  const auto address = parse_listen(GetParam());
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::invalid);
  EXPECT_THAT(address.error().message, HasSubstr("127.0.0.1:8000"));
}

INSTANTIATE_TEST_SUITE_P(All, BadListen,
                         testing::Values("", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                         "127.0.0.1:-1", "::1:8000", "[127.0.0.1]:80", "[]:80",
                                         "gpu3:80", "127.0.0.1:80x", "[::1:80"));

TEST(HttpUrl, PutsIpv6InBrackets) {
  EXPECT_EQ(http_url("127.0.0.1", 8000), "http://127.0.0.1:8000");
  EXPECT_EQ(http_url("::1", 80), "http://[::1]:80");
}

}  // namespace
}  // namespace wakeful::server
