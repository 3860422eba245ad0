// store/detail/record.h: a report's figures as whole numbers, and as few bytes in the journal.
//
// A record is either whole (it says which figures follow) or the differences to the record before
// it of the same server, which costs about a byte a figure. The same bytes lie in a batch on disk and
// in memory until they are packed into blocks. docs/formats/embedded-store.md. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "store/detail/bytes.h"
#include "store/samples.h"

namespace wakeful::store::detail {

/// Which figure: kind << 56 | number << 16 | metric. The number is the container's or the core's, 0
/// for the host.
using Slot = std::uint64_t;

constexpr Slot make_slot(model::EntityKind kind, std::uint32_t number, model::Metric metric) {
  return static_cast<Slot>(kind) << 56 | static_cast<Slot>(number) << 16 |
         static_cast<Slot>(metric);
}
constexpr model::EntityKind slot_kind(Slot slot) {
  return static_cast<model::EntityKind>(slot >> 56);
}
constexpr std::uint32_t slot_number(Slot slot) { return static_cast<std::uint32_t>(slot >> 16); }
constexpr std::uint16_t slot_metric(Slot slot) { return static_cast<std::uint16_t>(slot); }

/// The figures a report has, in its order. Reports of one server nearly always share one.
using Shape = std::vector<Slot>;

/// A report's figures and what else changes with each.
struct Row {
  std::int64_t time_ms = 0;
  std::int64_t interval_ms = 0;  ///< to the row before; what the next one's time is guessed from
  std::int64_t delay_ms = 0;     ///< received minus time
  std::optional<std::int64_t> clock_offset_ms;  ///< the agent's own time minus time
  std::string time_text;
  bool greeting = false;
  ReportKey key;
  std::shared_ptr<const Shape> shape;
  std::vector<std::int64_t> values;  ///< as long as the shape; kMissing for a core that is offline
};

/// Fill a row from a report, keeping the row's shape object where it is the same.
/// container_numbers  one per container of the report, in its order
void fill_row(const AcceptedReport& accepted, std::span<const std::uint32_t> container_numbers,
              Row& row);

/// Append a whole record. sequences: which of the source's sequences are stored before this one, so
/// that a journal without its beginning still knows repeats.
void put_whole(const Row& row, std::string_view sequences, std::string& out);
/// Append the difference to the row before. Contract: same shape and source.
void put_difference(const Row& row, const Row& before, std::string& out);

bool is_whole(std::string_view record);

/// Read one record, in place: row is the row before and becomes this one.
/// sequences  where not null: the bytes given to put_whole, empty for a difference
/// errors     io: damaged, or a difference without a row before it (row.shape is null)
Result<void> read_record(ByteReader& reader, Row& row, std::string_view* sequences = nullptr);

}  // namespace wakeful::store::detail
