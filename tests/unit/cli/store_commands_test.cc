// The commands that work on a whole store, as they are called.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cli.h"
#include "server/data_lock.h"
#include "support/made_store.h"
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

class StoreCommands : public testing::Test {
 protected:
  StoreCommands() { static_cast<void>(test::make_store(data())); }

  Done call(std::vector<std::string> arguments, const std::string& folder = "data") {
    std::ostringstream out;
    std::ostringstream err;
    arguments.insert(arguments.end(), {"--data", path(folder)});
    const int code = run(
        arguments, [](const std::string&) { return std::nullopt; }, out, err);
    return {code, out.str(), err.str()};
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::filesystem::path data() const { return folder_.path() / "data"; }

  test::TempFolder folder_;
};

TEST_F(StoreCommands, BackupRestoreAndCheckGoTogether) {
  const auto backup = call({"backup", path("all.tar.zst")});
  EXPECT_EQ(backup.code, 0) << backup.err;
  EXPECT_THAT(backup.out, AllOf(HasSubstr("all.tar.zst: 5 files in "), HasSubstr("iB")));
  EXPECT_EQ(backup.err, "");
  const auto restore = call({"restore", path("all.tar.zst")}, "new");
  EXPECT_EQ(restore.code, 0) << restore.err;
  EXPECT_EQ(restore.out, "Restored into " + path("new") + "\n");
  const auto check = call({"check"}, "new");
  EXPECT_EQ(check.code, 0);
  EXPECT_EQ(check.out, "No problem in 5 files, 5 blocks, 250 raw samples\n");
  EXPECT_EQ(check.err, "");
  EXPECT_THAT(call({"list"}, "new").out, AllOf(HasSubstr("gpu3"), HasSubstr("web")));
}

TEST_F(StoreCommands, BackupDoesNotOverwrite) {
  std::ofstream(path("all.tar.zst")) << "precious";
  const auto done = call({"backup", path("all.tar.zst")});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, AllOf(StartsWith("wakeful: "), HasSubstr("the file exists")));
}

TEST_F(StoreCommands, RestoreWantsAnEmptyFolder) {
  ASSERT_EQ(call({"backup", path("all.tar.zst")}).code, 0);
  const auto done = call({"restore", path("all.tar.zst")});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("not an empty folder"));
}

TEST_F(StoreCommands, CheckListsTheDamageAndFails) {
  test::execute(data() / "samples/2026-11-20.db", "UPDATE block SET samples = 3");
  const auto done = call({"check"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(std::ranges::count(done.out, '\n'), 3);
  EXPECT_THAT(done.out, StartsWith("samples/2026-11-20.db: server 1, block at "));
  EXPECT_THAT(done.err, StartsWith("wakeful: 3 problems in 5 files, 5 blocks, 0 raw samples"));
}

TEST_F(StoreCommands, WithoutAStoreEachSaysSoAndMakesNone) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"backup", path("x")}, {"check"}, {"compact"}}) {
    const auto done = call(arguments, "nothing");
    EXPECT_EQ(done.code, 1) << arguments[0];
    EXPECT_THAT(done.err, HasSubstr("there ")) << arguments[0];
    EXPECT_FALSE(std::filesystem::exists(path("nothing"))) << arguments[0];
  }
}

TEST_F(StoreCommands, ExportPrintsWhatWasStored) {
  const auto done =
      call({"export", "--format", "csv", "--metric", "host_load1", "--server", "web"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(std::ranges::count(done.out, '\n'), 4);
  EXPECT_THAT(done.out, StartsWith("time,server,entity,metric,value\n2026-"));
  EXPECT_THAT(done.out, HasSubstr("Z,web,host,host_load1,"));
  const auto jsonl = call({"export", "--format", "jsonl", "--metric", "host_load1", "--metric",
                           "host_cpu_ratio", "--server", "web", "--server", "gpu3"});
  EXPECT_EQ(jsonl.code, 0) << jsonl.err;
  EXPECT_EQ(std::ranges::count(jsonl.out, '\n'), 6);
  EXPECT_THAT(jsonl.out, HasSubstr(R"("metrics":{"host_cpu_ratio":)"));
}

TEST_F(StoreCommands, ExportWritesAFileThatAppearsWhenItIsWhole) {
  const auto done =
      call({"export", "--format", "csv", "--metric", "host_load1", "--output", path("load.csv")});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "");
  std::ifstream file(path("load.csv"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(std::ranges::count(text, '\n'), 7);
  EXPECT_FALSE(std::filesystem::exists(path("load.csv.part")));
  const auto failed =
      call({"export", "--format", "csv", "--server", "nobody", "--output", path("none.csv")});
  EXPECT_EQ(failed.code, 1);
  EXPECT_FALSE(std::filesystem::exists(path("none.csv")));
  EXPECT_FALSE(std::filesystem::exists(path("none.csv.part")));
}

TEST_F(StoreCommands, ExportSaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(call({"export"}).code, 2);
  EXPECT_EQ(call({"export", "--format", "xml"}).code, 2);
  const struct {
    std::vector<std::string> arguments;
    std::string says;
  } cases[] = {
      {{"--metric", "host_cpu_rate"}, "did you mean \"host_cpu_ratio\"?"},
      {{"--since", "soon"}, "--since: expected a time in UTC"},
      {{"--since", "2026-11-02", "--until", "2026-11-01"}, "--until: expected a time after"},
      {{"--server", "gpu4"}, "did you mean \"gpu3\"?"},
      {{"--output", path("no/such/folder.csv")}, "cannot write: No such file"}};
  for (const auto& one : cases) {
    std::vector<std::string> arguments = {"export", "--format", "csv"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
    const auto done = call(arguments);
    EXPECT_EQ(done.code, 1);
    EXPECT_THAT(done.err, HasSubstr(one.says));
  }
}

TEST_F(StoreCommands, CompactSaysWhatItGained) {
  const auto done = call({"compact"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(StartsWith("Samples took "), HasSubstr(", and take ")));
}

TEST_F(StoreCommands, CompactLeavesARunningServerAlone) {
  const auto lock = server::DataLock::take(data());
  ASSERT_TRUE(lock.has_value());
  const auto done = call({"compact"});
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.out, StartsWith("Nothing to do: a server runs"));
}

TEST_F(StoreCommands, EachHasHelpWithAnExample) {
  for (const auto* name : {"backup", "restore", "export", "check", "compact"}) {
    EXPECT_THAT(call({name, "--help"}).out, AllOf(HasSubstr("Example"), HasSubstr("wakeful ")));
  }
}

}  // namespace
}  // namespace wakeful::cli
