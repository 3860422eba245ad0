// Opening: URLs, folders, damaged files, files of others, newer schemas. The last three are about
// the embedded store's files.
#include <filesystem>
#include <fstream>
#include <thread>

#include <sqlite3.h>

#include "store_fixture.h"

namespace wakeful::store {
namespace {

using test::TempFolder;

Error open_error(const StoreOptions& options) {
  const auto opened = open_store(options);
  EXPECT_FALSE(opened.has_value());
  return opened ? Error{Errc::internal, ""} : opened.error();
}

TEST(OpenStore, AnUnknownSchemeIsRefusedWithTheKnownOnes) {
  const TempFolder folder;
  const auto error = open_error({folder.path(), "postgres://user:secret@host/db"});
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_NE(error.message.find("\"sqlite:\""), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("\"postgres\""), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("secret"), std::string::npos) << error.message;
}

TEST(OpenStore, ASchemeOfOtherBuildsIsSaidNotToBeBuiltIn) {
  const TempFolder folder;
  const auto error = open_error({folder.path(), "mysql://user:secret@host/db"});
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_NE(error.message.find("not built in"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("secret"), std::string::npos) << error.message;
}

TEST(OpenStore, ASchemeAloneIsNoUrl) {
  const TempFolder folder;
  EXPECT_EQ(open_error({folder.path(), "sqlite"}).code, Errc::invalid);
  EXPECT_EQ(open_error({folder.path(), "sqlite:/elsewhere"}).code, Errc::invalid);
}

TEST(OpenStore, NoUrlMeansTheEmbeddedStoreAndMakesAFolderForItsOwnerOnly) {
  const TempFolder folder;
  const auto data = folder.path() / "a" / "b";
  ASSERT_TRUE(open_store({data, ""}).has_value());
  EXPECT_TRUE(std::filesystem::exists(data / "registry.db"));
  EXPECT_TRUE(std::filesystem::exists(data / "samples.db"));
  const auto mode = std::filesystem::status(data).permissions();
  EXPECT_EQ(mode & std::filesystem::perms::all, std::filesystem::perms::owner_all);
}

TEST(OpenStore, AFolderThatCannotBeMadeIsNamed) {
  const TempFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto error = open_error({folder.path() / "file" / "data", ""});
  EXPECT_NE(error.message.find("file/data"), std::string::npos) << error.message;
}

TEST(OpenStore, ASecondServerOnTheSameFolderIsRefused) {
  const TempFolder folder;
  const auto first = open_store({folder.path(), ""});
  ASSERT_TRUE(first.has_value());
  const auto error = open_error({folder.path(), ""});
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_NE(error.message.find("samples.lock"), std::string::npos) << error.message;
}

TEST(OpenStore, SeveralProcessesCanMakeOneRegistryAtTheSameTime) {
  for (int turn = 0; turn < 10; ++turn) {
    const TempFolder folder;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto registry = open_registry({folder.path() / "data", ""});
        ASSERT_TRUE(registry.has_value()) << registry.error().message;
        EXPECT_EQ(value_of((*registry)->count_users()), 0);
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

/// Run SQL on a file behind the store's back.
void execute(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

void overwrite(const std::filesystem::path& path, std::streamoff at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file << bytes;
  ASSERT_TRUE(file.good());
}

class EmbeddedFiles : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto store = open_store(options());
    ASSERT_TRUE(store.has_value()) << store.error().message;
    ASSERT_TRUE(store->registry->add_server("a", model::Origin::native, std::nullopt, test::kStart)
                    .has_value());
    const auto report = test::make_full_report(1, 1, 3);
    ASSERT_TRUE(store->samples->append(std::span(&report, 1)).has_value());
  }
  StoreOptions options() const { return {folder_.path(), ""}; }
  std::filesystem::path file() const { return folder_.path() / GetParam(); }
  void expect_named(const Error& error) const {
    EXPECT_NE(error.message.find(file().string()), std::string::npos) << error.message;
  }

  TempFolder folder_;
};

std::string file_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param.substr(0, info.param.find('.'));
}

INSTANTIATE_TEST_SUITE_P(Files, EmbeddedFiles, ::testing::Values("registry.db", "samples.db"),
                         file_name);

TEST_P(EmbeddedFiles, ANewerSchemaIsRefusedWithAWayOut) {
  execute(file(), "PRAGMA user_version = 1000");
  const auto error = open_error(options());
  EXPECT_EQ(error.code, Errc::conflict);
  expect_named(error);
  EXPECT_NE(error.message.find("1000"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("newer Wakeful"), std::string::npos) << error.message;
}

TEST_P(EmbeddedFiles, AnotherProgramsFileIsLeftAlone) {
  std::filesystem::remove(file());
  execute(file(), "CREATE TABLE recipes (name TEXT)");
  const auto error = open_error(options());
  EXPECT_EQ(error.code, Errc::invalid);
  expect_named(error);
  execute(file(), "INSERT INTO recipes VALUES ('soup')");
}

TEST_P(EmbeddedFiles, AFileThatIsNoDatabaseIsNamed) {
  overwrite(file(), 0, "Dear diary, today I wrote over a file");
  const auto error = open_error(options());
  EXPECT_EQ(error.code, Errc::io);
  expect_named(error);
  EXPECT_NE(error.message.find("restore a backup"), std::string::npos) << error.message;
}

TEST_P(EmbeddedFiles, ADamagedHeaderIsNamed) {
  overwrite(file(), 16, std::string(4, '\xff'));
  const auto error = open_error(options());
  EXPECT_EQ(error.code, Errc::io);
  expect_named(error);
}

TEST_P(EmbeddedFiles, ATruncatedFileIsNamed) {
  std::filesystem::resize_file(file(), 6000);
  const auto opened = open_store(options());
  if (!opened) {
    expect_named(opened.error());
    EXPECT_EQ(opened.error().code, Errc::io) << opened.error().message;
    return;
  }
  // What is cut off may be noticed only when it is read.
  const auto servers = opened->registry->servers();
  const auto reports = opened->samples->last_reports();
  ASSERT_FALSE(servers.has_value() && reports.has_value());
  expect_named(servers ? reports.error() : servers.error());
}

TEST_P(EmbeddedFiles, AFolderInTheFilesPlaceIsNamed) {
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  expect_named(open_error(options()));
}

TEST(EmbeddedSamples, ADamagedBatchCostsThatBatch) {
  const TempFolder folder;
  {
    auto store = open_store({folder.path(), ""});
    ASSERT_TRUE(store.has_value());
    for (int sequence = 1; sequence <= 3; ++sequence) {
      const std::vector reports = {test::make_report(1, sequence, 0.1 * sequence),
                                   test::make_report(2, sequence, 0.1 * sequence)};
      ASSERT_TRUE(store->samples->append(reports).has_value());
    }
  }
  execute(folder.path() / "samples.db", "UPDATE batch SET records = x'01ff0000' WHERE id = 3");
  const auto store = open_store({folder.path(), ""});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  for (int server = 1; server <= 2; ++server) {
    SampleQuery query;
    query.server = model::ServerId{server};
    query.metrics = {model::Metric::host_cpu_ratio};
    EXPECT_EQ(value_of(store->samples->read(query)).values[0], (std::vector{0.1, 0.2}));
    // What is lost is not taken for stored.
    const std::vector again = {test::make_report(server, 3, 0.3),
                               test::make_report(server, 4, 0.4)};
    EXPECT_EQ(value_of(store->samples->append(again)),
              (std::vector{Appended::stored, Appended::stored}));
    EXPECT_EQ(value_of(store->samples->read(query)).values[0], (std::vector{0.1, 0.2, 0.3, 0.4}));
  }
}

TEST(EmbeddedSamples, ARemovalThatACrashCutOffIsFinishedAtTheNextStart) {
  const TempFolder folder;
  {
    auto store = open_store({folder.path(), ""});
    ASSERT_TRUE(store.has_value());
    const std::vector reports = {test::make_report(1, 1, 0.1), test::make_report(2, 2, 0.2)};
    ASSERT_TRUE(store->samples->append(reports).has_value());
  }
  execute(folder.path() / "samples.db",
          "INSERT INTO removed VALUES (1, 0); DELETE FROM server WHERE id = 1");
  const auto store = open_store({folder.path(), ""});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  SampleQuery query;
  query.server = model::ServerId{1};
  query.metrics = {model::Metric::host_cpu_ratio};
  EXPECT_TRUE(value_of(store->samples->read(query)).times.empty());
  query.server = model::ServerId{2};
  EXPECT_EQ(value_of(store->samples->read(query)).times.size(), 1U);
}

}  // namespace
}  // namespace wakeful::store
