#include "cli/cli.h"

#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace wakeful::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Done {
  int code;
  std::string out;
  std::string err;
};

class CliTest : public testing::Test {
 protected:
  Done call(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    const auto lookup = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    };
    const int code = run(arguments, lookup, out, err);
    return {code, out.str(), err.str()};
  }
  std::string data() const { return (folder.path() / "data").string(); }

  test::TempFolder folder;
  std::map<std::string, std::string> environment;
};

TEST_F(CliTest, WithoutACommandItSaysHowToGoOn) {
  const Done done = call({});
  EXPECT_EQ(done.code, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("wakeful --help"));
}

TEST_F(CliTest, HelpIsForTheCommandThatWasAskedFor) {
  EXPECT_THAT(call({"--help"}).out, AllOf(HasSubstr("serve"), HasSubstr("Examples:")));
  EXPECT_THAT(call({"add", "--help"}).out, AllOf(HasSubstr("NAME"), HasSubstr("--json")));
}

TEST_F(CliTest, ATypingErrorGetsAHint) {
  const Done done = call({"lst"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("did you mean \"list\"?"));
}

TEST_F(CliTest, TheDataFolderMayStandBeforeOrBehindTheCommand) {
  EXPECT_EQ(call({"--data", data(), "add", "one"}).code, 0);
  EXPECT_EQ(call({"add", "two", "--data", data()}).code, 0);
  environment["WAKEFUL_DATA"] = data();
  const Done listed = call({"list"});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("one"), HasSubstr("two")));
}

TEST_F(CliTest, AddPrintsANewKeyEachTime) {
  const Done one = call({"--data", data(), "add", "one", "--json"});
  const Done two = call({"--data", data(), "add", "two", "--json"});
  EXPECT_THAT(one.out, StartsWith(R"({"name":"one","key":"wk_)"));
  EXPECT_NE(one.out.substr(20), two.out.substr(20));
}

TEST_F(CliTest, ANameThatIsTakenIsRefused) {
  ASSERT_EQ(call({"--data", data(), "add", "gpu3"}).code, 0);
  const Done again = call({"--data", data(), "add", "gpu3"});
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(again.out, "");
  EXPECT_THAT(again.err, AllOf(StartsWith("wakeful: "), HasSubstr("gpu3")));
}

TEST_F(CliTest, EveryProblemOfTheSettingsIsALineOfItsOwn) {
  const Done done = call({"serve", "--data", data(), "--listen", "nowhere", "--log-level", "loud"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("wakeful: listen: "), HasSubstr("wakeful: log_level: ")));
}

TEST_F(CliTest, ADemoThatCannotBeIsRefusedBeforeAnythingIsMade) {
  EXPECT_EQ(call({"demo", "--servers", "0"}).code, 2);
  EXPECT_EQ(call({"demo", "--port", "1", "--listen", "127.0.0.1:1"}).code, 2);
  EXPECT_THAT(call({"demo", "--interval", "soon", "--data", data()}).err, HasSubstr("--interval"));
  EXPECT_THAT(call({"demo", "--speed", "1", "--history", "1d", "--data", data()}).err,
              HasSubstr("never reaches the present"));
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(CliTest, TheDocsHaveEverySetting) {
  const Done done = call({"print-config-docs"});
  EXPECT_THAT(done.out, AllOf(HasSubstr("| `listen` | `127.0.0.1:8000` | `WAKEFUL_LISTEN` |"),
                              HasSubstr("legacy.allowed_networks"), HasSubstr("SERVER_CONFIG")));
}

}  // namespace
}  // namespace wakeful::cli
