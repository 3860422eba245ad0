// wire/native.h: the native report, JSON both ways. docs/protocol.md is the contract.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"

namespace wakeful::wire {

/// Limits on one request; over them the whole request is refused.
struct ReportLimits {
  std::size_t max_reports = 1000;
  std::size_t max_containers = 10'000;
  std::size_t max_cores = 8192;
  std::size_t max_users = 10'000;
  std::size_t max_problems = 100;
  std::size_t max_name_bytes = 255;   ///< container, user, source names
  std::size_t max_text_bytes = 1024;  ///< every other text
};

/// Decode one report or an array of reports. Unknown keys are ignored, unknown metrics too (a newer
/// agent). errors  parse: not JSON (says where); invalid: names the field with its path
/// ("containers[3].metrics.container_cpu_ratio"),
///         what was expected and what came
Result<std::vector<model::Report>> parse_reports(std::string_view json, const ReportLimits& limits);

/// The JSON object of one report; parse_reports gives the same report back.
std::string encode_report(const model::Report& report);
/// A JSON array of reports.
std::string encode_reports(const std::vector<model::Report>& reports);

/// The server's answer to POST /api/v1/reports.
struct ReportReply {
  std::uint64_t acknowledged =
      0;  ///< reports that are settled: on disk now, repeats included, or refused
  std::uint64_t repeated = 0;  ///< of these, how many were there before
  WallTime server_time;
  /// Of those acknowledged, how many were not stored and must not be sent again: their time is out
  /// of range.
  std::uint64_t refused = 0;
  std::string refused_detail{};  ///< of the first of them: field, expectation, what came
};
std::string encode_reply(const ReportReply& reply);
/// errors  parse, invalid
Result<ReportReply> parse_reply(std::string_view json);

}  // namespace wakeful::wire
