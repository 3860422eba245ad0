// collect/utmp.h: who is logged in, from /run/utmp and from systemd-logind's session files. Pure.
//
// Source: utmp(5), glibc <utmp.h>; systemd src/login/logind-session.c (session_save), the files
// that libsystemd's sd_session_* functions read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"

namespace wakeful::collect {

/// A login record and the process that holds it.
struct UtmpSession {
  model::UserSession session;
  std::int32_t pid = 0;
};

/// Sessions (records of type USER_PROCESS) of a utmp file, in this machine's byte order.
///
/// Records have 384 bytes where time_t in them is 32 bits wide (x86, 32-bit ARM, s390, RISC-V, musl
/// on these) and 400 where it is 64 (arm64, ppc64 little endian, loongarch). The size that this
/// build's <utmp.h> has is tried first.
/// errors  parse: the file's size is a multiple of neither
Result<std::vector<UtmpSession>> parse_utmp(std::string_view bytes);

/// A file below /run/systemd/sessions.
/// shape   nullopt: not a person's login (a greeter, a service manager, cron) or one that is
///         closing
/// errors  parse: no USER line
Result<std::optional<model::UserSession>> parse_logind_session(std::string_view text);

}  // namespace wakeful::collect
