#include "collect/utmp.h"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <utmp.h>

#include "base/strings.h"
#include "collect/detail/values.h"

namespace wakeful::collect {
namespace {

/// Where the fields of a record are. Up to ut_exit both layouts agree.
struct Layout {
  std::size_t record_bytes;
  std::size_t seconds_offset;
  std::size_t seconds_bytes;
  std::size_t microseconds_offset;
};
constexpr Layout kShort = {384, 340, 4, 344};
constexpr Layout kLong = {400, 344, 8, 352};
constexpr std::size_t kPidOffset = 4;
constexpr std::size_t kLineOffset = 8;
constexpr std::size_t kUserOffset = 44;
constexpr std::size_t kHostOffset = 76;
constexpr std::size_t kLineBytes = 32;
constexpr std::size_t kUserBytes = 32;
constexpr std::size_t kHostBytes = 256;
constexpr std::int16_t kUserProcess = 7;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // end of the year 9999

#if defined(__GLIBC__)
static_assert(sizeof(::utmp) == kShort.record_bytes || sizeof(::utmp) == kLong.record_bytes);
static_assert(offsetof(::utmp, ut_line) == kLineOffset && offsetof(::utmp, ut_pid) == kPidOffset);
static_assert(offsetof(::utmp, ut_user) == kUserOffset && offsetof(::utmp, ut_host) == kHostOffset);
static_assert(offsetof(::utmp, ut_tv) ==
              (sizeof(::utmp) == kShort.record_bytes ? kShort : kLong).seconds_offset);
static_assert(USER_PROCESS == kUserProcess);
#endif

template <class T>
T load(std::string_view record, std::size_t offset) {
  T value{};
  std::memcpy(&value, record.data() + offset, sizeof(value));
  return value;
}

/// Fixed-size text, NUL-terminated only where it is shorter.
std::string load_text(std::string_view record, std::size_t offset, std::size_t bytes) {
  const auto field = record.substr(offset, bytes);
  return detail::clean_text(field.substr(0, field.find('\0')), detail::kMaxNameBytes);
}

std::optional<WallTime> load_time(std::string_view record, const Layout& layout) {
  // The short layout's seconds are read as unsigned, as glibc does since 2.40: good until 2106.
  const std::int64_t seconds = layout.seconds_bytes == 4
                                   ? load<std::uint32_t>(record, layout.seconds_offset)
                                   : load<std::int64_t>(record, layout.seconds_offset);
  const std::int64_t microseconds = layout.seconds_bytes == 4
                                        ? load<std::int32_t>(record, layout.microseconds_offset)
                                        : load<std::int64_t>(record, layout.microseconds_offset);
  if (seconds <= 0 || seconds > kLastSecond) return std::nullopt;
  if (microseconds < 0 || microseconds >= 1'000'000) return from_unix_ms(seconds * 1000);
  return from_unix_ms(seconds * 1000 + microseconds / 1000);
}

const Layout* choose_layout(std::size_t bytes) {
  const Layout& own = sizeof(::utmp) == kLong.record_bytes ? kLong : kShort;
  const Layout& other = &own == &kLong ? kShort : kLong;
  if (bytes % own.record_bytes == 0) return &own;
  if (bytes % other.record_bytes == 0) return &other;
  return nullptr;
}

bool is_login_class(std::string_view name) {
  constexpr std::array<std::string_view, 4> kClasses = {"user", "user-early", "user-light",
                                                        "user-early-light"};
  for (const auto one : kClasses) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<UtmpSession>> parse_utmp(std::string_view bytes) {
  const Layout* const layout = choose_layout(bytes.size());
  if (layout == nullptr) {
    return fail(Errc::parse,
                fmt::format("expected records of {} or {} bytes, got {} bytes in all: damaged",
                            kShort.record_bytes, kLong.record_bytes, bytes.size()));
  }
  std::vector<UtmpSession> sessions;
  for (; !bytes.empty(); bytes.remove_prefix(layout->record_bytes)) {
    const auto record = bytes.substr(0, layout->record_bytes);
    if (load<std::int16_t>(record, 0) != kUserProcess) continue;
    UtmpSession found;
    found.session.name = load_text(record, kUserOffset, kUserBytes);
    if (found.session.name.empty()) continue;
    found.session.terminal = load_text(record, kLineOffset, kLineBytes);
    found.session.remote_host = load_text(record, kHostOffset, kHostBytes);
    found.session.since = load_time(record, *layout);
    found.pid = load<std::int32_t>(record, kPidOffset);
    sessions.push_back(std::move(found));
  }
  return sessions;
}

Result<std::optional<model::UserSession>> parse_logind_session(std::string_view text) {
  model::UserSession session;
  bool login = false;
  bool closing = false;
  while (const auto line = next_line(text)) {
    const auto equals = line->find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = line->substr(0, equals);
    auto value = trim(line->substr(equals + 1));
    if (key == "USER") session.name = detail::clean_text(value, detail::kMaxNameBytes);
    if (key == "CLASS") login = is_login_class(value);
    if (key == "STATE") closing = value == "closing";
    if (key == "REMOTE_HOST")
      session.remote_host = detail::clean_text(value, detail::kMaxNameBytes);
    if (key == "TTY") {
      if (value.starts_with("/dev/")) value.remove_prefix(5);
      session.terminal = detail::clean_text(value, detail::kMaxNameBytes);
    }
    if (key == "REALTIME") {
      const auto microseconds = parse_integer<std::int64_t>(value);
      if (microseconds && *microseconds > 0 && *microseconds / 1'000'000 <= kLastSecond) {
        session.since = from_unix_ms(*microseconds / 1000);
      }
    }
  }
  if (session.name.empty()) return fail(Errc::parse, "expected a line USER=name, found none");
  if (!login || closing) return std::optional<model::UserSession>();
  return std::optional(std::move(session));
}

}  // namespace wakeful::collect
