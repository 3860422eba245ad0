// The bytes of an HTTP request, whole and in two pieces: both must be understood alike. A broken
// header that comes in pieces may be refused later: Beast then first waits for the header's end.
#include "fuzz/fuzz.h"
#include "net/detail/request_parser.h"

namespace wakeful {
namespace {

constexpr std::size_t kMaxHeaderBytes = 4096;
constexpr std::size_t kMaxBodyBytes = 8192;

struct Outcome {
  bool refused = false;
  bool complete = false;
  net::Request request;
};

/// Feed the bytes as they would come off a socket: what a parser did not use is shown again with
/// the next piece behind it.
Outcome read(std::string_view bytes, std::size_t first_piece) {
  net::detail::RequestParser parser(kMaxHeaderBytes, kMaxBodyBytes);
  Outcome outcome;
  std::size_t used = 0;
  for (const auto shown : {first_piece, bytes.size()}) {
    while (!outcome.refused && !parser.complete()) {
      const auto more = parser.feed(bytes.substr(used, shown - used), outcome.refused);
      WAKEFUL_CHECK(more <= shown - used);
      used += more;
      if (more == 0) break;
    }
  }
  WAKEFUL_CHECK(parser.body_bytes() <= kMaxBodyBytes);
  if (outcome.refused) {
    WAKEFUL_CHECK(parser.refusal().status >= 400 && parser.refusal().status < 600);
    WAKEFUL_CHECK(!parser.refusal().detail.empty());
    return outcome;
  }
  outcome.complete = parser.complete();
  if (outcome.complete) outcome.request = parser.take_request();
  return outcome;
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  if (size == 0) return 0;
  const auto bytes = text_of(data + 1, size - 1);
  const auto whole = read(bytes, bytes.size());
  const auto pieces = read(bytes, bytes.empty() ? 0 : data[0] % bytes.size());
  if (whole.refused || pieces.refused) {
    WAKEFUL_CHECK(!whole.complete && !pieces.complete);
    return 0;
  }
  WAKEFUL_CHECK(whole.complete == pieces.complete);
  if (!whole.complete) return 0;
  WAKEFUL_CHECK(whole.request.method == pieces.request.method);
  WAKEFUL_CHECK(whole.request.path == pieces.request.path);
  WAKEFUL_CHECK(whole.request.query == pieces.request.query);
  WAKEFUL_CHECK(whole.request.headers.items() == pieces.request.headers.items());
  WAKEFUL_CHECK(whole.request.body == pieces.request.body);
  return 0;
}
