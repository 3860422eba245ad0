// The records of /run/utmp and the session files of systemd-logind.
#include "collect/utmp.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  if (const auto sessions = collect::parse_utmp(text); !sessions) {
    check_message(sessions.error().message);
  }
  if (const auto session = collect::parse_logind_session(text); !session) {
    check_message(session.error().message);
  }
  return 0;
}
