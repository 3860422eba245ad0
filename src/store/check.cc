// Verification of the embedded store: every page of every database, every block of every pack.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <system_error>

#include "store/detail/batch.h"
#include "store/detail/block_check.h"
#include "store/detail/data_files.h"
#include "store/detail/sqlite_db.h"
#include "store/detail/verify_database.h"
#include "store/operations.h"

namespace wakeful::store {
namespace {

namespace fs = std::filesystem;
using detail::Database;
using detail::DataFile;
using detail::DataFileKind;

/// A pack is replaced once or twice in its life.
constexpr int kAttempts = 5;

class Check {
 public:
  Check(const fs::path& data, const Progress& progress,
        const std::function<void(const std::string&)>& on_problem)
      : data_(data), progress_(progress), on_problem_(on_problem) {}

  CheckSummary run(const std::vector<DataFile>& files) {
    for (const auto& file : files) total_ += work_of(file);
    for (const auto& file : files) {
      const auto begin = done_;
      const auto work = work_of(file);
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        done_ = begin;
        file_ = {};
        problems_.clear();
        const auto number = detail::file_number(data_ / file.name);
        check_file(file);
        if (detail::file_number(data_ / file.name) == number) break;  // else it was replaced
      }
      if (!vanished(file)) take_results();
      tell(file, std::max(done_, begin + work));
    }
    return summary_;
  }

 private:
  std::uint64_t size_of(const DataFile& file) const {
    std::error_code error;
    const auto size = fs::file_size(data_ / file.name, error);
    return error ? 0 : size;
  }
  /// A pack is read twice: by pages, and by blocks.
  std::uint64_t work_of(const DataFile& file) const {
    return (file.period ? 2 : 1) * size_of(file);
  }

  void tell(const DataFile& file, std::uint64_t done) {
    done_ = done;
    progress_(done_, std::max(total_, done_), file.name);
  }

  void take_results() {
    summary_.files += file_.files;
    summary_.blocks += file_.blocks;
    summary_.samples += file_.samples;
    summary_.problems += problems_.size();
    for (const auto& problem : problems_) on_problem_(problem);
  }

  void problem(const DataFile& file, std::string_view what) {
    problems_.push_back(file.name + ": " + std::string(what));
  }

  /// An error of SQLite names the whole path; the list of problems names the file once.
  void failure(const DataFile& file, const Error& error) {
    const auto path = (data_ / file.name).string() + ": ";
    std::string_view text = error.message;
    if (text.starts_with(path)) text.remove_prefix(path.size());
    problem(file, text);
  }

  /// A pack that goes while we look has reached the end of its time: no problem.
  bool vanished(const DataFile& file) const {
    std::error_code error;
    return file.period && !fs::exists(data_ / file.name, error) && !error;
  }

  void check_file(const DataFile& file) {
    tell(file, done_);
    const auto size = size_of(file);
    ++file_.files;
    const auto database = Database::open(data_ / file.name, Database::Access::read_only);
    if (!database) return failure(file, database.error());
    const auto identity = detail::check_identity(**database, file.kind);
    if (!identity) return failure(file, identity.error());
    const auto pages = detail::find_page_problems(**database);
    if (!pages) failure(file, pages.error());
    if (pages) {
      for (const auto& page : *pages) problem(file, page);
    }
    tell(file, done_ + size);
    if (file.period) check_blocks(file, **database);
    if (file.kind == DataFileKind::samples) check_batches(file, **database);
  }

  /// The journal: what the next start reads.
  void check_batches(const DataFile& file, Database& database) {
    const auto tables = database.integer("look for the journal",
                                         "SELECT count(*) FROM sqlite_master WHERE name = 'batch'");
    if (!tables) return failure(file, tables.error());
    if (*tables == 0) return;  // of a version without
    // One by one, as below.
    std::int64_t after = std::numeric_limits<std::int64_t>::min();
    for (;;) {
      auto query = database.query("read the journal",
                                  "SELECT id, records FROM batch WHERE id > ? ORDER BY id LIMIT 1");
      const auto row = query.integer(after).next();
      if (!row) return failure(file, row.error());
      if (!*row) return;
      after = query.integer_at(0);
      const auto records = detail::open_batch(query.bytes_at(1));
      auto checked = records
                         ? detail::visit_batch(*records, [](auto, auto) { return Result<void>(); })
                         : Result<void>(fail(records.error()));
      if (!checked)
        problem(file,
                "batch " + std::to_string(after) + " of the journal: " + checked.error().message);
    }
  }

  void check_blocks(const DataFile& file, Database& database) {
    const auto tables = database.integer("look for blocks",
                                         "SELECT count(*) FROM sqlite_master WHERE name = 'block'");
    if (!tables) failure(file, tables.error());
    if (!tables || *tables == 0) return;  // 0: just being made
    // One by one: a read transaction over the whole file would let its log grow meanwhile.
    std::int64_t after = std::numeric_limits<std::int64_t>::min();
    for (;;) {
      auto query = database.query("read a block",
                                  "SELECT id, server, kind, first_ms, last_ms, samples, data "
                                  "FROM block WHERE id > ? ORDER BY id LIMIT 1");
      const auto row = query.integer(after).next();
      if (!row) return failure(file, row.error());
      if (!*row) return;
      after = query.integer_at(0);
      check_block(file, {query.integer_at(1), query.integer_at(2), query.integer_at(3),
                         query.integer_at(4), query.integer_at(5), query.bytes_at(6)});
    }
  }

  void check_block(const DataFile& file, const detail::BlockRow& row) {
    ++file_.blocks;
    const auto checked = detail::check_block(row, *file.period);
    if (!checked) {
      problem(file, detail::describe_block(row) + ": " + checked.error().message);
    } else if (file.period->tier == Tier::raw) {
      file_.samples += static_cast<std::uint64_t>(row.samples);
    }
    tell(file, done_ + row.data.size());
  }

  const fs::path& data_;
  const Progress& progress_;
  const std::function<void(const std::string&)>& on_problem_;
  CheckSummary summary_;
  CheckSummary file_;  // of the file at hand, and what is wrong with it
  std::vector<std::string> problems_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace

Result<CheckSummary> check_store(const StoreOptions& options, const Progress& progress,
                                 const std::function<void(const std::string&)>& on_problem) {
  auto there = detail::check_there_is_a_store(options);
  if (!there) return fail(std::move(there).error());
  const auto files = detail::list_data_files(options.data_folder);
  if (!files) return fail(files.error());
  return Check(options.data_folder, progress, on_problem).run(*files);
}

}  // namespace wakeful::store
