// Restore of what is no good backup: a clear error, and nothing left of the attempt.
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <random>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/descriptor.h"
#include "store/detail/archive.h"
#include "store/detail/backup_reader.h"
#include "store/detail/sha256.h"
#include "store/operations.h"
#include "support/made_store.h"
#include "support/temp_folder.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const Progress kSilent = [](auto...) {};

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write_all(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

/// Every file below a folder with its content; links and folders by their kind.
std::map<std::string, std::string> tree(const fs::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = fs::relative(entry.path(), folder).string();
    found[name] = entry.is_symlink() ? "link" : entry.is_directory() ? "folder" : read_all(entry);
  }
  return found;
}

std::string digest(std::string_view text) {
  detail::Sha256 sum;
  sum.update(text);
  return sum.finish();
}

class RestoreTest : public testing::Test {
 protected:
  fs::path place() const { return folder_.path() / "place"; }
  fs::path restored() const { return place() / "data"; }
  fs::path file() const { return folder_.path() / "wakeful.tar.zst"; }

  void SetUp() override { fs::create_directories(place()); }

  void back_up_a_store() {
    const auto data = folder_.path() / "data";
    static_cast<void>(test::make_store(data));
    const auto done = backup_store({data, ""}, file(), kSilent);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }

  Result<void> restore(const Progress& progress = kSilent) {
    return restore_store(file(), {restored(), ""}, progress);
  }

  /// The error of a restore that must fail and leave nothing.
  Error error_of_restore() {
    const auto done = restore();
    EXPECT_FALSE(done.has_value());
    EXPECT_THAT(tree(place()), testing::IsEmpty());
    return done ? Error{Errc::internal, ""} : done.error();
  }

  struct Entry {
    std::string name;
    std::string content;
  };

  /// An archive of these entries, with a head before and digests behind unless they are among them.
  void make_archive(std::vector<Entry> entries) {
    const auto has = [&](std::string_view name) {
      return std::ranges::find(entries, name, &Entry::name) != entries.end();
    };
    if (!has(detail::kBackupHeadName)) {
      entries.insert(entries.begin(), {std::string(detail::kBackupHeadName),
                                       detail::write_backup_head("0.1.0", test::kStart)});
    }
    if (!has(detail::kBackupSumsName)) {
      std::string sums;
      for (const auto& entry : entries) sums += digest(entry.content) + "  " + entry.name + "\n";
      entries.push_back({std::string(detail::kBackupSumsName), sums});
    }
    fs::remove(file());
    const Descriptor out(::open(file().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    const auto archive = detail::ArchiveWriter::begin(out.get(), "test");
    ASSERT_TRUE(archive.has_value());
    for (const auto& entry : entries) {
      ASSERT_TRUE((*archive)->add_text(entry.name, entry.content, test::kStart).has_value());
    }
    ASSERT_TRUE((*archive)->finish().has_value());
  }

  /// An empty database of ours.
  std::string database(std::string_view kind, std::int64_t application_id,
                       const std::string& sql = "") {
    const auto path = folder_.path() / "made.db";
    fs::remove(path);
    {
      const auto made = test::open_database(path);
      EXPECT_TRUE(detail::migrate(*made, kind, application_id).has_value());
      EXPECT_TRUE(made->execute("test", sql + ";PRAGMA journal_mode = DELETE").has_value());
    }
    return read_all(path);
  }
  std::string registry() { return database("registry", detail::kRegistryApplicationId); }

  test::TempFolder folder_;
};

TEST_F(RestoreTest, IntoAFolderWhoseParentsAreNotThere) {
  write_all(file(), "no backup");
  const StoreOptions options{place() / "a/b/data/", ""};
  EXPECT_FALSE(restore_store(file(), options, kSilent).has_value());
  EXPECT_THAT(tree(place()), testing::IsEmpty());
  fs::remove(file());
  back_up_a_store();
  const auto done = restore_store(file(), options, kSilent);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_TRUE(open_store(options).has_value());
}

TEST_F(RestoreTest, IntoAnEmptyFolderThatIsThere) {
  back_up_a_store();
  fs::create_directories(restored());
  ::chmod(restored().c_str(), 0750);
  const auto done = restore();
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_TRUE(open_store({restored(), ""}).has_value());
  EXPECT_EQ(fs::status(restored()).permissions(), fs::perms(0750)) << "the folder itself stays";
  EXPECT_EQ(std::distance(fs::directory_iterator(place()), {}), 1);
}

TEST_F(RestoreTest, ANewFolderIsForNobodyElse) {
  back_up_a_store();
  ASSERT_TRUE(restore().has_value());
  EXPECT_EQ(fs::status(restored()).permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(restored() / "samples").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(restored() / "registry.db").permissions(), fs::perms(0600));
}

TEST_F(RestoreTest, RootRestoresForTheFoldersOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kSomebody = 4711;
  back_up_a_store();
  fs::create_directories(restored());
  ASSERT_EQ(::chown(restored().c_str(), kSomebody, kSomebody), 0);
  ASSERT_TRUE(restore().has_value());
  for (const auto* name : {"", "samples", "samples.db", "registry.db", "samples/hours-2026.db"}) {
    struct ::stat about {};
    ASSERT_EQ(::stat((restored() / name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_uid, kSomebody) << name;
    EXPECT_EQ(about.st_gid, kSomebody) << name;
  }
}

TEST_F(RestoreTest, AFolderWithAnythingInItIsLeftAlone) {
  back_up_a_store();
  fs::create_directories(restored());
  write_all(restored() / "note", "mine");
  const auto done = restore();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::conflict);
  EXPECT_EQ(tree(place()).size(), 2u);
}

TEST_F(RestoreTest, AFileInThePlaceOfTheFolderIsLeftAlone) {
  back_up_a_store();
  write_all(restored(), "mine");
  EXPECT_FALSE(restore().has_value());
  EXPECT_EQ(read_all(restored()), "mine");
}

TEST_F(RestoreTest, WhatAnInterruptedRestoreLeftIsTakenAway) {
  back_up_a_store();
  fs::create_directories(place() / ".data.restore-abc123/samples");
  write_all(place() / ".data.restore-abc123/registry.db", "half");
  ASSERT_TRUE(restore().has_value());
  EXPECT_EQ(std::distance(fs::directory_iterator(place()), {}), 1);
  fs::remove_all(restored());
  fs::create_directories(restored() / ".restore-abc123");
  ASSERT_TRUE(restore().has_value()) << "such a folder counts as empty";
  EXPECT_FALSE(fs::exists(restored() / ".restore-abc123"));
}

TEST_F(RestoreTest, WhatIsNoBackupIsSaidToBeNone) {
  EXPECT_EQ(error_of_restore().code, Errc::not_found);
  for (const std::string& content :
       {std::string(), std::string("not a backup\n"), std::string(100'000, '\0'),
        std::string("\x28\xb5\x2f\xfd"), registry()}) {
    write_all(file(), content);
    const auto error = error_of_restore();
    EXPECT_EQ(error.code, Errc::parse);
    EXPECT_THAT(error.message, HasSubstr("not a backup of Wakeful"));
  }
  fs::remove(file());
  fs::create_directory(file());
  EXPECT_EQ(error_of_restore().code, Errc::parse);
}

/// Some bits of the compressed form mean nothing; then what comes back is what was there.
TEST_F(RestoreTest, AnyDamagedByteIsAnErrorOrDoesNotMatter) {
  back_up_a_store();
  const auto good = read_all(file());
  ASSERT_TRUE(restore().has_value());
  const auto whole = tree(restored());
  fs::remove_all(restored());
  std::mt19937 chance(4711);
  int refused = 0;
  const int rounds = 300;
  for (int round = 0; round < rounds; ++round) {
    // The ends hold the headers: more often there.
    const auto range = round % 3 == 0 ? std::min<std::size_t>(good.size(), 64) : good.size();
    auto at = chance() % range;
    if (round % 6 == 3) at = good.size() - 1 - at;
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << chance() % 8));
    write_all(file(), bad);
    const auto done = restore();
    if (done) {
      EXPECT_EQ(tree(restored()), whole) << "byte " << at;
      fs::remove_all(restored());
    } else {
      ++refused;
      EXPECT_THAT(done.error().code, AnyOf(Errc::parse, Errc::unsupported)) << done.error().message;
      EXPECT_THAT(done.error().message, HasSubstr(file().string()));
    }
    ASSERT_THAT(tree(place()), testing::IsEmpty()) << "byte " << at;
  }
  EXPECT_GT(refused, rounds * 9 / 10);
}

TEST_F(RestoreTest, ACutBackupIsAnErrorOrDoesNotMatter) {
  back_up_a_store();
  const auto good = read_all(file());
  ASSERT_TRUE(restore().has_value());
  const auto whole = tree(restored());
  fs::remove_all(restored());
  for (std::size_t size = 0; size < good.size(); size += 1 + good.size() / 97) {
    write_all(file(), good.substr(0, size));
    EXPECT_EQ(error_of_restore().code, Errc::parse) << size;
  }
  for (std::size_t cut = 1; cut < 16; ++cut) {
    write_all(file(), good.substr(0, good.size() - cut));
    const auto done = restore();
    if (done) {
      EXPECT_EQ(tree(restored()), whole);
      fs::remove_all(restored());
    }
    ASSERT_THAT(tree(place()), testing::IsEmpty()) << cut;
  }
}

TEST_F(RestoreTest, NamesThatNoBackupHasAreRefused) {
  for (const auto* name :
       {"../evil.db", "/tmp/wakeful-evil.db", "samples/../../evil.db", "samples/../registry.db",
        "./registry.db", "registry.db-wal", "samples.lock", "samples/2026-11-20.db/x",
        "samples/2026-11-31.db", "evil\x1b[31m.db"}) {
    make_archive({{name, registry()}});
    const auto error = error_of_restore();
    EXPECT_EQ(error.code, Errc::parse) << name;
    EXPECT_THAT(error.message, testing::Not(HasSubstr("\x1b")));
    EXPECT_FALSE(fs::exists(folder_.path() / "evil.db"));
    EXPECT_FALSE(fs::exists("/tmp/wakeful-evil.db"));
  }
}

/// Written by libarchive itself: our writer makes plain files only.
TEST_F(RestoreTest, OnlyPlainFilesAreTaken) {
  const std::array kinds = {AE_IFLNK, AE_IFDIR, AE_IFIFO, AE_IFCHR};
  for (std::size_t i = 0; i <= kinds.size(); ++i) {
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_zstd(out);
    ASSERT_EQ(archive_write_open_filename(out, file().c_str()), ARCHIVE_OK);
    const auto head = detail::write_backup_head("0.1.0", test::kStart);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, std::string(detail::kBackupHeadName).c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(head.size()));
    archive_write_header(out, entry);
    archive_write_data(out, head.data(), head.size());
    archive_entry_clear(entry);
    archive_entry_set_pathname(entry, "samples.db");
    archive_entry_set_size(entry, 0);
    if (i < kinds.size()) {
      archive_entry_set_filetype(entry, static_cast<unsigned>(kinds[i]));
      if (kinds[i] == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
    } else {
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_hardlink(entry, "/etc/passwd");
    }
    ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
    archive_entry_free(entry);
    archive_write_free(out);
    const auto error = error_of_restore();
    EXPECT_EQ(error.code, Errc::parse);
    EXPECT_THAT(error.message, HasSubstr("no plain file")) << i;
  }
}

TEST_F(RestoreTest, WhatTheDigestsDoNotSayIsRefused) {
  const auto head = detail::write_backup_head("0.1.0", test::kStart);
  const auto head_line = digest(head) + "  " + std::string(detail::kBackupHeadName) + "\n";
  const auto good = head_line + digest(registry()) + "  registry.db\n";
  const struct {
    std::string sums;
    std::string says;
  } cases[] = {
      {head_line, "registry.db has no digest"},
      {head_line + digest("x") + "  registry.db\n", "registry.db is not what was written"},
      {good + digest("x") + "  samples.db\n", "samples.db is missing"},
      {good + digest("x") + "  registry.db\n", "a line that it cannot have"},
      {good + digest("x") + "  ../x\n", "a line that it cannot have"},
      {good + "nonsense\n", "a line that it cannot have"},
      {"", "has no digest"},
  };
  for (const auto& one : cases) {
    make_archive({{"registry.db", registry()}, {std::string(detail::kBackupSumsName), one.sums}});
    const auto error = error_of_restore();
    EXPECT_EQ(error.code, Errc::parse);
    EXPECT_THAT(error.message, HasSubstr(one.says));
  }
  make_archive({{"registry.db", registry()}, {std::string(detail::kBackupSumsName), good}});
  EXPECT_TRUE(restore().has_value()) << "the cases above fail for what they say";
}

TEST_F(RestoreTest, AnOrderThatNoBackupHasIsRefused) {
  make_archive({{"registry.db", registry()}, {"registry.db", registry()}});
  EXPECT_THAT(error_of_restore().message, HasSubstr("registry.db is in it twice"));
  const auto head = detail::write_backup_head("0.1.0", test::kStart);
  const std::string head_name(detail::kBackupHeadName);
  const auto sums = digest(head) + "  " + head_name + "\n";
  make_archive(
      {{head_name, head}, {std::string(detail::kBackupSumsName), sums}, {"registry.db", ""}});
  EXPECT_THAT(error_of_restore().message, HasSubstr("behind its end"));
  make_archive({{"registry.db", registry()}, {head_name, head}});
  EXPECT_THAT(error_of_restore().message, HasSubstr("not a backup of Wakeful"));
}

TEST_F(RestoreTest, ABackupOfANewerProgramIsNamedAsSuch) {
  auto head = detail::write_backup_head("9.0.0", test::kStart);
  head.replace(head.find("format 1"), 8, "format 2");
  make_archive({{std::string(detail::kBackupHeadName), head}, {"registry.db", registry()}});
  EXPECT_EQ(error_of_restore().code, Errc::unsupported);
  make_archive({{"registry.db", database("registry", detail::kRegistryApplicationId,
                                         "PRAGMA user_version = 99")}});
  const auto error = error_of_restore();
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_THAT(error.message, HasSubstr("registry.db: its schema is version 99"));
}

TEST_F(RestoreTest, ADatabaseThatIsNoneOrDamagedIsRefused) {
  make_archive({{"registry.db", std::string(8192, 'x')}});
  EXPECT_EQ(error_of_restore().code, Errc::parse);
  make_archive({{"registry.db", registry()}, {"samples/2026-11-20.db", registry()}});
  EXPECT_THAT(error_of_restore().message,
              HasSubstr("2026-11-20.db: it is no pack file of Wakeful"));
  auto damaged =
      database("pack", detail::kPackApplicationId,
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500)"
               "INSERT INTO block SELECT i, 1, 1, 1, 1, 1, zeroblob(500) FROM n");
  damaged.replace(damaged.size() - 40'000, 4096, std::string(4096, '\x5a'));
  make_archive({{"registry.db", registry()}, {"samples/2026-11-20.db", damaged}});
  const auto error = error_of_restore();
  EXPECT_EQ(error.code, Errc::parse);
  EXPECT_THAT(error.message, HasSubstr("samples/2026-11-20.db: "));
}

TEST_F(RestoreTest, AFileThatChangesWhileItIsReadIsAnError) {
  back_up_a_store();
  const auto good = read_all(file());
  bool changed = false;
  const auto done = restore([&](std::uint64_t at, std::uint64_t total, std::string_view) {
    EXPECT_LE(at, total);
    if (at < total / 3 || std::exchange(changed, true)) return;
    make_archive({{"registry.db", registry()}});
  });
  // Where the change was seen depends on what was read ahead; it never comes through unseen.
  if (done) {
    write_all(file(), good);
    EXPECT_EQ(test::ask(restored() / "registry.db", "SELECT count(*) FROM server"), 2);
  } else {
    EXPECT_THAT(tree(place()), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace wakeful::store
