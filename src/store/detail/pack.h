// store/detail/pack.h: one file of blocks: its name, its rows. docs/formats/embedded-store.md.
//
// A pack is a day of raw samples, a month of minutes or a year of hours. While its time is running a
// raw pack is written in WAL mode under the name "2026-11-20-open.db"; when the day is over it is
// written anew as "2026-11-20.db". Functions on a connection; which thread may use it is the
// caller's concern.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/metric.h"
#include "model/server.h"
#include "store/detail/sqlite_db.h"
#include "store/samples.h"

namespace wakeful::store::detail {

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 86'400'000;

/// Samples outside of these have a time that no clock shows: 1970 up to the end of 2199.
inline constexpr std::int64_t kFirstTimeMs = 0;
inline constexpr std::int64_t kEndTimeMs = 7'258'118'400'000;

/// From when on the finer tiers are kept: what is before is only in coarser ones.
struct TierBegins {
  std::int64_t raw_ms = 0;
  std::int64_t minutes_ms = 0;
};

/// The stretch of time a pack holds.
struct Period {
  Tier tier = Tier::raw;
  std::int64_t first_ms = 0;
  std::int64_t end_ms = 0;  ///< exclusive
  auto operator<=>(const Period&) const = default;
};
/// The period of a tier that a time lies in. Contract: kFirstTimeMs <= time_ms < kEndTimeMs
Period period_of(Tier tier, std::int64_t time_ms);

/// Where its file lies. open: still being written to
std::filesystem::path pack_path(const std::filesystem::path& folder, const Period& period,
                                bool open);
struct PackName {
  Period period;
  bool open = false;
};
/// shape  nullopt: no pack's name
std::optional<PackName> parse_pack_name(std::string_view name);

struct PackBlock {
  model::ServerId server{};
  model::EntityKind kind = model::EntityKind::host;
  std::int64_t first_ms = 0;  ///< the oldest and the newest time in it
  std::int64_t last_ms = 0;
  std::int64_t samples = 0;
  std::string data;
};

struct BlockInfo {
  std::int64_t id = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t samples = 0;
};

/// Open to write, making or migrating the schema.
Result<std::unique_ptr<Database>> open_pack(const std::filesystem::path& path,
                                            Database::Access access);

Result<void> insert_block(Database& pack, const PackBlock& block);
/// Those that touch the time from from_ms to before_ms (exclusive), in the order of their ids.
Result<std::vector<BlockInfo>> find_blocks(Database& pack, model::ServerId server,
                                           model::EntityKind kind, std::int64_t from_ms,
                                           std::int64_t before_ms);
/// shape  nullopt: it is gone
Result<std::optional<std::string>> read_block(Database& pack, std::int64_t id);
Result<void> remove_block(Database& pack, std::int64_t id);
/// Remove blocks of a server, at most so many. shape  how many were removed
Result<std::int64_t> remove_blocks_of(Database& pack, model::ServerId server, std::int64_t limit);

/// "server 7, block at 2026-11-20T03:00:00.000Z", for messages about one.
std::string block_title(model::ServerId server, std::int64_t first_ms);

}  // namespace wakeful::store::detail
