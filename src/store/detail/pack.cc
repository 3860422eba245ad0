#include "store/detail/pack.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/check.h"
#include "base/clock.h"
#include "base/strings.h"
#include "store/detail/migrate.h"

namespace wakeful::store::detail {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;
using std::chrono::years;

constexpr std::string_view kOpen = "-open";
constexpr std::string_view kMinutes = "minutes-";
constexpr std::string_view kHours = "hours-";
constexpr std::string_view kSuffix = ".db";

std::int64_t ms_of(sys_days day) { return to_unix_ms(WallTime(day)); }

std::string number(int value, int digits) {
  auto text = std::to_string(value);
  if (text.size() < static_cast<std::size_t>(digits))
    text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
  return text;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// "2026-11-20", "2026-11" or "2026" as its first day, by the number of parts.
std::optional<sys_days> parse_date(std::string_view text, std::size_t parts) {
  std::array<unsigned, 3> numbers{0, 1, 1};
  const auto split_up = split(text, '-');
  if (split_up.size() != parts) return std::nullopt;
  for (std::size_t i = 0; i < parts; ++i) {
    if (split_up[i].size() != (i == 0 ? 4 : 2)) return std::nullopt;
    const auto value = parse_integer<unsigned>(split_up[i]);
    if (!value) return std::nullopt;
    numbers[i] = *value;
  }
  const year_month_day date{std::chrono::year(static_cast<int>(numbers[0])),
                            std::chrono::month(numbers[1]), std::chrono::day(numbers[2])};
  if (!date.ok()) return std::nullopt;
  const sys_days day(date);
  if (ms_of(day) < kFirstTimeMs || ms_of(day) >= kEndTimeMs) return std::nullopt;
  return day;
}

}  // namespace

Period period_of(Tier tier, std::int64_t time_ms) {
  WAKEFUL_CHECK(time_ms >= kFirstTimeMs && time_ms < kEndTimeMs);
  const auto day = floor<days>(from_unix_ms(time_ms));
  if (tier == Tier::raw) return {tier, ms_of(day), ms_of(day + days(1))};
  const year_month_day date(day);
  const auto first = tier == Tier::minutes ? date.year() / date.month() : date.year() / 1;
  const auto end = tier == Tier::minutes ? first + months(1) : first + years(1);
  return {tier, ms_of(sys_days(first / 1)), ms_of(sys_days(end / 1))};
}

std::filesystem::path pack_path(const std::filesystem::path& folder, const Period& period,
                                bool open) {
  const year_month_day date(floor<days>(from_unix_ms(period.first_ms)));
  const auto year = number(static_cast<int>(date.year()), 4);
  const auto month = number(static_cast<int>(static_cast<unsigned>(date.month())), 2);
  const auto day = number(static_cast<int>(static_cast<unsigned>(date.day())), 2);
  std::string name;
  switch (period.tier) {
    case Tier::raw:
      name = year + "-" + month + "-" + day + std::string(open ? kOpen : "");
      break;
    case Tier::minutes:
      name = std::string(kMinutes) + year + "-" + month;
      break;
    case Tier::hours:
      name = std::string(kHours) + year;
      break;
  }
  return folder / (name + std::string(kSuffix));
}

std::optional<PackName> parse_pack_name(std::string_view name) {
  if (!take_suffix(name, kSuffix)) return std::nullopt;
  Tier tier = Tier::raw;
  bool open = false;
  std::size_t parts = 3;
  if (take_prefix(name, kMinutes)) {
    tier = Tier::minutes;
    parts = 2;
  } else if (take_prefix(name, kHours)) {
    tier = Tier::hours;
    parts = 1;
  } else {
    open = take_suffix(name, kOpen);
  }
  const auto day = parse_date(name, parts);
  if (!day) return std::nullopt;
  return PackName{period_of(tier, ms_of(*day)), open};
}

Result<std::unique_ptr<Database>> open_pack(const std::filesystem::path& path,
                                            Database::Access access) {
  auto pack = Database::open(path, access);
  if (!pack) return pack;
  auto migrated = migrate(**pack, "pack", kPackApplicationId);
  if (!migrated) return fail(std::move(migrated).error());
  return pack;
}

Result<void> insert_block(Database& pack, const PackBlock& block) {
  return pack
      .query("store a block",
             "INSERT INTO block (server, kind, first_ms, last_ms, samples, data) VALUES (?, ?, ?, "
             "?, ?, ?)")
      .integer(model::to_number(block.server))
      .integer(static_cast<std::int64_t>(block.kind))
      .integer(block.first_ms)
      .integer(block.last_ms)
      .integer(block.samples)
      .blob(block.data)
      .run();
}

Result<std::vector<BlockInfo>> find_blocks(Database& pack, model::ServerId server,
                                           model::EntityKind kind, std::int64_t from_ms,
                                           std::int64_t before_ms) {
  std::vector<BlockInfo> blocks;
  auto rows = pack.query("find blocks",
                         "SELECT id, first_ms, last_ms, samples FROM block WHERE server = ? AND "
                         "kind = ? AND last_ms >= ? AND first_ms < ? ORDER BY id");
  rows.integer(model::to_number(server))
      .integer(static_cast<std::int64_t>(kind))
      .integer(from_ms)
      .integer(before_ms);
  for (;;) {
    const auto more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) return blocks;
    blocks.push_back(
        {rows.integer_at(0), rows.integer_at(1), rows.integer_at(2), rows.integer_at(3)});
  }
}

Result<std::optional<std::string>> read_block(Database& pack, std::int64_t id) {
  auto row = pack.query("read a block", "SELECT data FROM block WHERE id = ?");
  const auto found = row.integer(id).next();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return std::string(row.bytes_at(0));
}

Result<void> remove_block(Database& pack, std::int64_t id) {
  return pack.query("remove a block", "DELETE FROM block WHERE id = ?").integer(id).run();
}

Result<std::int64_t> remove_blocks_of(Database& pack, model::ServerId server, std::int64_t limit) {
  auto done = pack.query("remove blocks",
                         "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE server = ? "
                         "LIMIT ?)")
                  .integer(model::to_number(server))
                  .integer(limit)
                  .run();
  if (!done) return fail(std::move(done).error());
  return pack.changes();
}

std::string block_title(model::ServerId server, std::int64_t first_ms) {
  return "server " + std::to_string(model::to_number(server)) + ", block at " +
         format_utc(from_unix_ms(first_ms));
}

}  // namespace wakeful::store::detail
