// store/detail/journal_writer.h: every write to samples.db.
//
// For one thread at a time; SqliteSamples sees to that. Each call is one transaction, short enough
// to hold the next append up by milliseconds only.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/detail/journal_memory.h"
#include "store/detail/sqlite_db.h"
#include "store/samples.h"

namespace wakeful::store::detail {

class JournalWriter {
 public:
  /// database must outlive the writer.
  static Result<std::unique_ptr<JournalWriter>> open(Database& database);

  Result<std::vector<Appended>> append(std::span<const AcceptedReport> reports);

  /// From here on the server is unknown; its reports go by remove_some_reports.
  Result<void> begin_remove_server(model::ServerId server);
  /// shape  false: none are left
  Result<bool> remove_some_reports(model::ServerId server);
  /// Servers whose removal was cut off by a crash.
  Result<std::vector<model::ServerId>> half_removed();

  /// How far a sweep over all servers has come.
  struct Sweep {
    std::int64_t before_ms = 0;
    std::int64_t server = 0;  ///< all up to this one are done
  };
  /// shape  false: the sweep is done
  Result<bool> remove_some_before(Sweep& sweep);

  Result<void> check_writable();

 private:
  explicit JournalWriter(Database& database) : database_(database), memory_(database) {}
  Result<Appended> append_one(const AcceptedReport& accepted);
  Result<bool> is_stored(const AcceptedReport& accepted, const RunMemory& run);
  Result<void> number_containers(const AcceptedReport& accepted, ServerMemory& memory);
  Result<std::uint32_t> number_container(const AcceptedReport& accepted, const std::string& name,
                                         ServerMemory& memory);
  Result<bool> insert_report(const AcceptedReport& accepted);
  void note_facts(const AcceptedReport& accepted, ServerMemory& memory);
  Result<void> write_touched();
  void settle(bool committed);
  Result<std::int64_t> remove_reports(std::int64_t server, std::int64_t before_ms);
  Result<void> remove_unused(std::int64_t server, std::int64_t before_ms);

  Database& database_;
  JournalMemory memory_;
  std::unordered_set<std::int64_t> removed_;
  std::vector<std::pair<model::ServerId, ServerMemory*>> touched_;
  std::vector<std::uint32_t> container_numbers_;
  std::string blob_;  ///< reused, so that a report allocates nothing
};

}  // namespace wakeful::store::detail
