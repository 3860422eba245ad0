// The blobs of the embedded store's samples.db, as a damaged file may hold them: records, batches of
// them, the figures of version 0.1, facts, and sets of sequences. The first byte says which.
#include "fuzz/fuzz.h"
#include "store/detail/record.h"
#include "store/detail/report_table.h"
#include "store/detail/sequence_set.h"
#include "store/facts_codec.h"

namespace {

using namespace wakeful;
using store::detail::Row;

void check_row(const Row& row) {
  WAKEFUL_CHECK(row.shape != nullptr && row.values.size() == row.shape->size());
}

/// A row again from its own whole record.
Row go_round(const Row& row) {
  std::string bytes;
  store::detail::put_whole(row, "before", bytes);
  WAKEFUL_CHECK(store::detail::is_whole(bytes));
  store::detail::ByteReader reader(bytes);
  Row again;
  std::string_view before;
  WAKEFUL_CHECK(store::detail::read_record(reader, again, &before).has_value());
  WAKEFUL_CHECK(reader.at_end() && before == "before");
  WAKEFUL_CHECK(*again.shape == *row.shape && again.values == row.values);
  WAKEFUL_CHECK(again.time_ms == row.time_ms && again.key == row.key &&
                again.interval_ms == row.interval_ms && again.delay_ms == row.delay_ms &&
                again.clock_offset_ms == row.clock_offset_ms && again.time_text == row.time_text &&
                again.greeting == row.greeting);
  return again;
}

/// Records one after another, as in a chunk.
void try_records(std::string_view bytes) {
  store::detail::ByteReader reader(bytes);
  Row row;
  while (!reader.at_end()) {
    const Row before = row;
    const auto read = store::detail::read_record(reader, row);
    if (!read) {
      check_message(read.error().message);
      return;
    }
    check_row(row);
    go_round(row);
    const bool follows = before.shape == row.shape && before.key.source == row.key.source &&
                         row.time_ms - static_cast<__int128>(before.time_ms) == row.interval_ms;
    if (!follows) continue;
    std::string difference;
    store::detail::put_difference(row, before, difference);
    store::detail::ByteReader again(difference);
    Row base = before;
    WAKEFUL_CHECK(store::detail::read_record(again, base).has_value() && again.at_end());
    WAKEFUL_CHECK(base.values == row.values && base.time_ms == row.time_ms && base.key == row.key);
  }
}

/// A batch without its checksum: servers and texts.
void try_batch(std::string_view bytes) {
  store::detail::ByteReader reader(bytes);
  Row row;
  while (!reader.at_end()) {
    static_cast<void>(reader.unsigned_number());
    store::detail::ByteReader record(reader.text());
    if (reader.failed()) return;
    if (store::detail::read_record(record, row)) check_row(row);
  }
}

void try_figures(std::string_view bytes) {
  const auto row = store::detail::read_report_figures(bytes);
  if (!row) {
    check_message(row.error().message);
    return;
  }
  check_row(*row);
  go_round(*row);
}

void try_facts(std::string_view bytes) {
  const auto report = store::decode_facts(bytes);
  if (!report) {
    check_message(report.error().message);
    return;
  }
  std::string once;
  store::encode_facts(*report, once);
  const auto again = store::decode_facts(once);
  WAKEFUL_CHECK(again.has_value());
  std::string twice;
  store::encode_facts(*again, twice);
  WAKEFUL_CHECK(once == twice);
}

void try_sequences(std::string_view bytes) {
  auto set = store::detail::SequenceSet::decode(bytes);
  if (!set) return;
  for (const std::int64_t sequence : {0, 1, -1, 1000}) {
    static_cast<void>(set->find(sequence));
    set->add(sequence);
    WAKEFUL_CHECK(set->find(sequence) != store::detail::SequenceSet::Answer::absent);
  }
  std::string once;
  set->encode(once);
  WAKEFUL_CHECK(store::detail::SequenceSet::decode(once).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = text_of(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      try_figures(bytes);
      break;
    case 1:
      try_facts(bytes);
      break;
    case 2:
      try_sequences(bytes);
      break;
    case 3:
      try_records(bytes);
      break;
    case 4:
      try_batch(bytes);
      break;
  }
  return 0;
}
