#include "wire/collector.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "wire/detail/text.h"

namespace wakeful::wire {
namespace {

constexpr std::size_t kMaxKeyBytes = 255;
constexpr std::size_t kMaxTimeBytes = 100;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// errors  invalid: missing, empty, too long, not UTF-8, or with control characters
Result<std::string> required_text(std::string_view query, std::string_view name,
                                  std::size_t max_bytes) {
  auto value = query_parameter(query, name);
  if (!value) return fail(Errc::invalid, std::move(value.error().message));
  const auto expected =
      std::string(name) + ": expected text of 1 to " + std::to_string(max_bytes) + " bytes";
  if (!*value) return fail(Errc::invalid, expected + ", but it is missing");
  auto& text = **value;
  const bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
  if (text.empty() || text.size() > max_bytes) {
    return fail(Errc::invalid, expected + ", got " + std::to_string(text.size()));
  }
  if (control || !is_utf8(text)) {
    return fail(Errc::invalid, std::string(name) +
                                   ": expected UTF-8 without control characters, got " +
                                   detail::show_text(text));
  }
  return std::move(text);
}

struct Number {
  std::string_view name;
  std::string_view expected;
  double maximum;
  bool whole;
  bool empty_is_absent;
};

constexpr Number kCpu{"cpu_usage", "a number from 0 to 100", 100, false, false};
constexpr Number kPower{"power_usage", "a number of watts from 0 to 1000000", 1e6, false, true};
constexpr Number kUsers{"user_num", "a whole number from 0 to 10000000", 1e7, true, false};

Result<std::optional<double>> read_number(std::string_view query, const Number& number) {
  const auto text = query_parameter(query, number.name);
  if (!text) return fail(Errc::invalid, text.error().message);
  if (!*text || ((*text)->empty() && number.empty_is_absent)) return std::optional<double>();
  const auto value = parse_double(**text);
  const bool good = value && *value >= 0 && *value <= number.maximum &&
                    (!number.whole || std::trunc(*value) == *value);
  if (!good) {
    return fail(Errc::invalid, std::string(number.name) + ": expected " +
                                   std::string(number.expected) + ", got " +
                                   detail::show_text(**text));
  }
  return value;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return fail(Errc::parse, "expected two hexadecimal digits behind %, got " +
                                   detail::show_text(text.substr(i, 3)));
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<std::optional<std::string>> query_parameter(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals));
    if (!key || *key != name) continue;  // a broken name is nobody's parameter
    if (found) return fail(Errc::invalid, std::string(name) + ": expected once, got it twice");
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                 : pair.substr(equals + 1));
    if (!value) return fail(std::move(value.error()).with_context(name));
    found = std::move(*value);
  }
  return found;
}

Result<CollectorReport> parse_collector(std::string_view query) {
  auto key = required_text(query, "id", kMaxKeyBytes);
  if (!key) return fail(std::move(key.error()));
  auto time = required_text(query, "time", kMaxTimeBytes);
  if (!time) return fail(std::move(time.error()));
  const auto cpu = read_number(query, kCpu);
  if (!cpu) return fail(cpu.error());
  const auto power = read_number(query, kPower);
  if (!power) return fail(power.error());
  const auto users = read_number(query, kUsers);
  if (!users) return fail(users.error());

  CollectorReport out;
  out.key = std::move(*key);
  out.report.origin = model::Origin::collector;
  out.report.time_text = std::move(*time);
  out.report.greeting = !*cpu || !*users;
  if (out.report.greeting) return out;
  out.report.metrics.push_back({model::Metric::host_cpu_ratio, **cpu / 100});
  if (*power) out.report.metrics.push_back({model::Metric::host_power_watts, **power});
  out.report.metrics.push_back({model::Metric::host_users, **users});
  return out;
}

}  // namespace wakeful::wire
