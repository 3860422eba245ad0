#include "collect/detail/values.h"

#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"

namespace wakeful::collect::detail {

void add_value(std::vector<model::MetricValue>& to, model::Metric metric, double value) {
  const model::MetricInfo& info = model::metric_info(metric);
  if (!std::isfinite(value) || value < info.minimum || value > info.maximum) return;
  to.push_back({metric, value});
}

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  constexpr std::size_t kEllipsisBytes = 3;  // what shorten() puts behind
  const bool utf8 = is_utf8(text);
  std::string clean(text);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f || (!utf8 && byte >= 0x80)) c = '?';
  }
  if (clean.size() <= max_bytes) return clean;
  return shorten(clean, max_bytes - kEllipsisBytes);
}

Error unexpected(std::string_view what, std::string_view expected, std::string_view got) {
  return Error{Errc::parse, fmt::format("{}: expected {}, got \"{}\"", what, expected,
                                        clean_text(shorten(got, 60), 100))};
}

}  // namespace wakeful::collect::detail
