// store/detail/batch.h: the bytes of one row of the journal's table `batch`. Pure.
//
// For each report: unsigned server, unsigned size, the record (record.h); then a checksum.
// docs/formats/embedded-store.md
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/server.h"
#include "store/detail/block_format.h"
#include "store/detail/bytes.h"

namespace wakeful::store::detail {

inline void put_batch_record(model::ServerId server, std::string_view record, std::string& batch) {
  put_unsigned(batch, static_cast<std::uint64_t>(model::to_number(server)));
  put_text(batch, record);
}

/// Append the checksum to the records.
inline void seal_batch(std::string& batch) {
  const auto sum = block_checksum(batch);
  for (int shift = 0; shift < 32; shift += 8) batch.push_back(static_cast<char>(sum >> shift));
}

/// The records of a batch. errors  io: the checksum does not hold
inline Result<std::string_view> open_batch(std::string_view batch) {
  constexpr std::size_t kChecksumBytes = 4;
  if (batch.size() < kChecksumBytes) return fail(Errc::io, "it is too short");
  const auto records = batch.substr(0, batch.size() - kChecksumBytes);
  std::uint32_t sum = 0;
  for (std::size_t i = kChecksumBytes; i-- > 0;)
    sum = sum << 8 | static_cast<std::uint8_t>(batch[records.size() + i]);
  if (sum != block_checksum(records)) return fail(Errc::io, "its checksum does not hold");
  return records;
}

/// Call visit(server, record) for each. errors  io: a record ends too early; what visit gives
template <class Visit>
Result<void> visit_batch(std::string_view records, const Visit& visit) {
  ByteReader reader(records);
  while (!reader.at_end()) {
    const model::ServerId server{static_cast<std::int64_t>(reader.unsigned_number())};
    const auto record = reader.text();
    if (reader.failed()) return fail(Errc::io, "a record ends too early");
    Result<void> done = visit(server, record);
    if (!done) return done;
  }
  return {};
}

}  // namespace wakeful::store::detail
