#include "server/refusals.h"

#include <utility>

#include "base/log.h"
#include "base/strings.h"

namespace wakeful::server {
namespace {

constexpr std::size_t kMaxDetailBytes = 300;
constexpr std::size_t kMaxPathBytes = 100;

/// What came from outside may be any bytes; the page and the log get text.
std::string as_text(std::string_view bytes) {
  std::string text(bytes);
  if (is_utf8(text)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

}  // namespace

LineBudget::Decision LineBudget::next(MonoTime now) {
  Decision decision;
  if (now - period_start_ >= kPeriod) {
    period_start_ = now;
    written_ = 0;
    decision.withheld_before = std::exchange(withheld_, 0);
  }
  decision.write = written_ < kLinesPerPeriod;
  if (decision.write) {
    ++written_;
  } else {
    ++withheld_;
  }
  return decision;
}

void Refusals::add(std::string_view address, std::string_view path, int status,
                   std::string_view detail) {
  api::Refusal refusal;
  refusal.time = clock_.wall_now();
  refusal.address = address;
  refusal.path = shorten(as_text(path), kMaxPathBytes);
  refusal.status = status;
  refusal.detail = shorten(as_text(detail), kMaxDetailBytes);
  LineBudget::Decision decision;
  {
    const std::lock_guard lock(mutex_);
    decision = budget_.next(clock_.mono_now());
  }
  if (decision.withheld_before > 0) {
    log::warning("server", "more reports were refused than the log shows",
                 {{"not_shown", decision.withheld_before}});
  }
  if (decision.write) {
    log::warning("server", "a report was refused",
                 {{"address", refusal.address},
                  {"path", refusal.path},
                  {"status", status},
                  {"detail", refusal.detail}});
  }
  log_.add(std::move(refusal));
}

}  // namespace wakeful::server
