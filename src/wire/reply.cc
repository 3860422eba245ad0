// Apart from native_parse.cc, and with Boost.JSON: the agent reads replies and must not need
// simdjson's shared library for it.
#include <limits>

#include <boost/json.hpp>

#include "base/strings.h"
#include "wire/detail/text.h"
#include "wire/native.h"

namespace wakeful::wire {
namespace {

constexpr std::size_t kMaxDetailBytes = 400;

Result<std::uint64_t> read_count(const boost::json::object& object, std::string_view name,
                                 std::uint64_t maximum) {
  const auto expected =
      std::string(name) + ": expected a whole number from 0 to " + std::to_string(maximum);
  const auto* value = object.if_contains(name);
  if (value == nullptr) return fail(Errc::invalid, expected + ", but it is missing");
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (error || !value->is_number() || number > maximum) {
    const auto got = boost::json::serialize(*value);
    return fail(Errc::invalid, expected + ", got " + detail::show_bare(got));
  }
  return number;
}

}  // namespace

std::string encode_reply(const ReportReply& reply) {
  std::string out = "{\"acknowledged\": ";
  detail::append_json_integer(out, reply.acknowledged);
  out += ", \"repeated\": ";
  detail::append_json_integer(out, reply.repeated);
  if (reply.refused > 0) {
    out += ", \"refused\": ";
    detail::append_json_integer(out, reply.refused);
    out += ", \"refused_detail\": ";
    detail::append_json_text(out, reply.refused_detail);
  }
  out += ", \"server_time_ms\": ";
  detail::append_json_integer(out, to_unix_ms(reply.server_time));
  return out += '}';
}

Result<ReportReply> parse_reply(std::string_view json) {
  constexpr std::uint64_t kLastMs = 253'402'300'799'999;  // the end of the year 9999
  constexpr auto kMost = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  boost::json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error, {}, options);
  if (error) {
    return fail(Errc::parse, "the reply is not JSON (" + error.message() + "): it begins with " +
                                 detail::show_text(json));
  }
  const auto* object = value.if_object();
  if (object == nullptr) {
    return fail(Errc::invalid, "the reply: expected an object, got " +
                                   detail::show_bare(boost::json::serialize(value)));
  }
  const auto acknowledged = read_count(*object, "acknowledged", kMost);
  if (!acknowledged) return fail(acknowledged.error());
  const auto repeated = read_count(*object, "repeated", *acknowledged);
  if (!repeated) return fail(repeated.error());
  const auto server_time = read_count(*object, "server_time_ms", kLastMs);
  if (!server_time) return fail(server_time.error());
  ReportReply reply{*acknowledged, *repeated,
                    from_unix_ms(static_cast<std::int64_t>(*server_time))};
  if (object->if_contains("refused") != nullptr) {
    const auto refused = read_count(*object, "refused", *acknowledged - *repeated);
    if (!refused) return fail(refused.error());
    reply.refused = *refused;
    const auto* text = object->if_contains("refused_detail");
    if (text != nullptr && text->is_string()) {
      reply.refused_detail = shorten(std::string_view(text->as_string()), kMaxDetailBytes);
    }
  }
  return reply;
}

}  // namespace wakeful::wire
