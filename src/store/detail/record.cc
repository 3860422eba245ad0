#include "store/detail/record.h"

#include <algorithm>
#include <utility>

#include "store/block_codec.h"
#include "store/quantum.h"

namespace wakeful::store::detail {
namespace {

using model::EntityKind;
using model::Metric;

constexpr unsigned kWhole = 1;
constexpr unsigned kGreeting = 2;
constexpr unsigned kHasClockOffset = 4;
constexpr unsigned kHasTimeText = 8;
constexpr unsigned kSequenceJumps = 16;  ///< else it is the one before plus 1
constexpr unsigned kKnownFlags =
    kWhole | kGreeting | kHasClockOffset | kHasTimeText | kSequenceJumps;

// Differences wrap around, so that any number has one.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

unsigned flags_of(const Row& row) {
  unsigned flags = 0;
  if (row.greeting) flags |= kGreeting;
  if (row.clock_offset_ms) flags |= kHasClockOffset;
  if (!row.time_text.empty()) flags |= kHasTimeText;
  return flags;
}

/// Collects slots and values; the shape is compared with the row's own as it goes.
class RowFiller {
 public:
  explicit RowFiller(Row& row) : row_(row), same_(row.shape != nullptr) { row_.values.clear(); }

  void add(Slot slot, std::int64_t value) {
    const auto at = row_.values.size();
    if (same_ && (at >= row_.shape->size() || (*row_.shape)[at] != slot)) leave_shape(at);
    if (!same_) shape_.push_back(slot);
    row_.values.push_back(value);
  }

  void finish() {
    if (same_ && row_.values.size() != row_.shape->size()) leave_shape(row_.values.size());
    if (!same_) row_.shape = std::make_shared<const Shape>(std::move(shape_));
  }

 private:
  void leave_shape(std::size_t length) {
    same_ = false;
    shape_.assign(row_.shape->begin(), row_.shape->begin() + static_cast<std::ptrdiff_t>(length));
  }

  Row& row_;
  bool same_;
  Shape shape_;
};

void add_metrics(std::span<const model::MetricValue> metrics, EntityKind kind, std::uint32_t number,
                 RowFiller& filler) {
  for (const auto& [metric, value] : metrics) {
    const auto steps = to_steps(metric, value);
    if (steps) filler.add(make_slot(kind, number, metric), *steps);
  }
}

// A core's value is stored plus 1, so that 0 can be one that is offline.
std::int64_t stored_value(Slot slot, std::int64_t value) {
  if (slot_kind(slot) != EntityKind::core) return value;
  return value == kMissing ? 0 : plus(value, 1);
}
std::int64_t shown_value(Slot slot, std::int64_t stored) {
  if (slot_kind(slot) != EntityKind::core) return stored;
  return stored == 0 ? kMissing : minus(stored, 1);
}

void put_shape(const Shape& shape, std::string& out) {
  put_unsigned(out, shape.size());
  Slot before = 0;
  for (const auto slot : shape) {
    put_signed(out, minus(static_cast<std::int64_t>(slot), static_cast<std::int64_t>(before)));
    before = slot;
  }
}

bool is_slot(Slot slot) {
  const auto kind = slot_kind(slot);
  return kind == EntityKind::host || kind == EntityKind::container || kind == EntityKind::core;
}

std::shared_ptr<const Shape> read_shape(ByteReader& reader) {
  const auto count = reader.count(2);
  auto shape = std::make_shared<Shape>();
  shape->reserve(count);
  Slot slot = 0;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    slot += static_cast<Slot>(reader.signed_number());
    if (!is_slot(slot)) return nullptr;
    shape->push_back(slot);
  }
  return shape;
}

auto damaged(std::string_view where) {
  return fail(Errc::io, "record: damaged: " + std::string(where));
}

}  // namespace

void fill_row(const AcceptedReport& accepted, std::span<const std::uint32_t> container_numbers,
              Row& row) {
  const auto& report = accepted.report;
  row.time_ms = to_unix_ms(accepted.time);
  row.delay_ms = minus(to_unix_ms(accepted.received), row.time_ms);
  row.clock_offset_ms = std::nullopt;
  if (report.time) row.clock_offset_ms = minus(to_unix_ms(*report.time), row.time_ms);
  row.time_text = report.time_text;
  row.greeting = report.greeting;
  row.key = accepted.key;
  RowFiller filler(row);
  add_metrics(report.metrics, EntityKind::host, 0, filler);
  for (std::size_t i = 0; i < report.core_cpu_ratio.size(); ++i) {
    const auto steps = to_steps(Metric::core_cpu_ratio, report.core_cpu_ratio[i]);
    filler.add(make_slot(EntityKind::core, static_cast<std::uint32_t>(i), Metric::core_cpu_ratio),
               steps && *steps >= 0 ? *steps : kMissing);
  }
  if (report.containers) {
    for (std::size_t i = 0; i < report.containers->size(); ++i) {
      add_metrics((*report.containers)[i].metrics, EntityKind::container, container_numbers[i],
                  filler);
    }
  }
  filler.finish();
}

void put_whole(const Row& row, std::string_view sequences, std::string& out) {
  out.push_back(static_cast<char>(flags_of(row) | kWhole));
  put_signed(out, row.time_ms);
  put_signed(out, row.interval_ms);
  put_signed(out, row.delay_ms);
  put_unsigned(out, row.key.source);
  put_signed(out, row.key.sequence);
  if (row.clock_offset_ms) put_signed(out, *row.clock_offset_ms);
  if (!row.time_text.empty()) put_text(out, row.time_text);
  put_text(out, sequences);
  put_shape(*row.shape, out);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    put_signed(out, stored_value((*row.shape)[i], row.values[i]));
  }
}

void put_difference(const Row& row, const Row& before, std::string& out) {
  const bool jumps = row.key.sequence != plus(before.key.sequence, 1);
  out.push_back(static_cast<char>(flags_of(row) | (jumps ? kSequenceJumps : 0)));
  put_signed(out, minus(row.interval_ms, before.interval_ms));
  put_signed(out, minus(row.delay_ms, before.delay_ms));
  if (jumps) put_signed(out, minus(row.key.sequence, before.key.sequence));
  if (row.clock_offset_ms)
    put_signed(out, minus(*row.clock_offset_ms, before.clock_offset_ms.value_or(0)));
  if (!row.time_text.empty()) put_text(out, row.time_text);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const auto slot = (*row.shape)[i];
    put_signed(out, minus(stored_value(slot, row.values[i]), stored_value(slot, before.values[i])));
  }
}

bool is_whole(std::string_view record) {
  return !record.empty() && (static_cast<unsigned char>(record.front()) & kWhole) != 0;
}

Result<void> read_record(ByteReader& reader, Row& row, std::string_view* sequences) {
  const unsigned flags = reader.byte();
  if (reader.failed()) return damaged("it is empty");
  if ((flags & ~kKnownFlags) != 0) return damaged("unknown flags");
  const bool whole = (flags & kWhole) != 0;
  if (!whole && !row.shape) return damaged("a difference to a record that is not there");
  if (sequences != nullptr) *sequences = {};
  const auto offset_before = row.clock_offset_ms.value_or(0);
  row.greeting = (flags & kGreeting) != 0;
  if (whole) {
    row.time_ms = reader.signed_number();
    row.interval_ms = reader.signed_number();
    row.delay_ms = reader.signed_number();
    row.key.source = reader.unsigned_number();
    row.key.sequence = reader.signed_number();
  } else {
    row.interval_ms = plus(row.interval_ms, reader.signed_number());
    row.time_ms = plus(row.time_ms, row.interval_ms);
    row.delay_ms = plus(row.delay_ms, reader.signed_number());
    const auto step = (flags & kSequenceJumps) != 0 ? reader.signed_number() : 1;
    row.key.sequence = plus(row.key.sequence, step);
  }
  row.clock_offset_ms = std::nullopt;
  if ((flags & kHasClockOffset) != 0)
    row.clock_offset_ms = plus(whole ? 0 : offset_before, reader.signed_number());
  if ((flags & kHasTimeText) != 0) {
    row.time_text = reader.text();
  } else {
    row.time_text.clear();
  }
  if (whole) {
    const auto bytes = reader.text();
    if (sequences != nullptr) *sequences = bytes;
    row.shape = read_shape(reader);
    if (!row.shape || reader.failed()) {
      row.shape = nullptr;
      return damaged("its figures' names");
    }
    row.values.assign(row.shape->size(), 0);
  }
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const auto slot = (*row.shape)[i];
    const auto before = whole ? 0 : stored_value(slot, row.values[i]);
    row.values[i] = shown_value(slot, plus(before, reader.signed_number()));
  }
  if (!reader.failed()) return {};
  row.shape = nullptr;
  return damaged("it ends too early");
}

}  // namespace wakeful::store::detail
