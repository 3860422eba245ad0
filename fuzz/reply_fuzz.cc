// parse_reply: the server's answer, as the agent reads it.
#include "fuzz/fuzz.h"
#include "wire/native.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto reply = wire::parse_reply(text_of(data, size));
  if (!reply) {
    check_message(reply.error().message);
    return 0;
  }
  WAKEFUL_CHECK(reply->repeated <= reply->acknowledged);
  const auto again = wire::parse_reply(wire::encode_reply(*reply));
  WAKEFUL_CHECK(again.has_value());
  WAKEFUL_CHECK(again->acknowledged == reply->acknowledged);
  WAKEFUL_CHECK(again->repeated == reply->repeated);
  WAKEFUL_CHECK(again->server_time == reply->server_time);
  WAKEFUL_CHECK(again->refused == reply->refused && reply->refused <= reply->acknowledged);
  return 0;
}
