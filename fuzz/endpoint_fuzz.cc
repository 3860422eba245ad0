// The address of a server or an engine, as somebody typed it.
#include "fuzz/fuzz.h"
#include "net/http_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto endpoint = net::parse_endpoint(text_of(data, size));
  if (endpoint) {
    WAKEFUL_CHECK(!endpoint->host.empty());
  } else {
    WAKEFUL_CHECK(!endpoint.error().message.empty());
  }
  return 0;
}
