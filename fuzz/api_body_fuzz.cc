// The JSON bodies of the page's API; login and setup take them from anybody.
#include "api/json_body.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto body = api::JsonBody::parse(text_of(data, size));
  if (!body) {
    check_message(body.error().message);
    return 0;
  }
  for (const auto* field : {"name", "password", "token"}) {
    const auto text = body->text(field, 100);
    if (text) {
      WAKEFUL_CHECK(text->size() <= 100);
    } else {
      check_message(text.error().message);
    }
  }
  return 0;
}
