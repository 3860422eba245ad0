// store/facts_codec.h: what a report says beside its figures, as bytes. docs/formats/embedded-store.md.
//
// Pure. Decoding accepts any bytes and never allocates more than a small multiple of them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/report.h"

namespace wakeful::store {

/// Append everything of a report that is no figure to out.
void encode_facts(const model::Report& report, std::string& out);
/// A report with its facts and without figures.
/// errors  io: the bytes are damaged, or of a newer format; says which
Result<model::Report> decode_facts(std::string_view bytes);

}  // namespace wakeful::store
