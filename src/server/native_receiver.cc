#include "server/native_receiver.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/strings.h"
#include "server/report_key.h"
#include "server/time_rule.h"
#include "wire/native.h"

namespace wakeful::server {
namespace {

/// Larger bodies are decoded on a worker, so that one spool does not hold up everybody else.
constexpr std::size_t kDecodeHereBytes = 64 << 10;
constexpr std::string_view kSentHeader = "Wakeful-Sent-Ms";
constexpr std::string_view kBearer = "bearer ";

const model::Report& newest_of(const std::vector<store::AcceptedReport>& reports) {
  return std::ranges::max_element(reports, {}, [](const auto& one) { return one.report.time; })
      ->report;
}

/// The agent's clock when it sent the request, from a header that older agents do not send.
std::optional<WallTime> sent_time(const net::Headers& headers) {
  const auto text = headers.find(kSentHeader);
  if (!text) return std::nullopt;
  const auto ms = parse_integer<std::int64_t>(trim(*text));
  // Up to the year 9999; anything else is no clock.
  if (!ms || *ms < 0 || *ms > 253'402'300'799'999) return std::nullopt;
  return from_unix_ms(*ms);
}

/// A request's reports, taken apart by what becomes of them.
struct SortedReports {
  std::vector<store::AcceptedReport> taken;
  std::uint64_t refused = 0;
  std::string why;  ///< the first of them was refused
};

/// errors  invalid: a sequence out of range, with its place
Result<SortedReports> sort_out(std::vector<model::Report> reports, model::ServerId server,
                               const ClockSkew& skew, WallTime received, Milliseconds retention) {
  SortedReports sorted;
  sorted.taken.reserve(reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const std::string place = reports.size() == 1 ? "" : "report " + std::to_string(i) + ": ";
    auto key = native_key(reports[i]);
    if (!key) return fail(key.error().code, place + key.error().message);
    const WallTime time = skew.correct(reports[i].time.value_or(received));
    if (const auto why = refuse_time(time, received, retention)) {
      if (sorted.refused++ == 0) sorted.why = place + *why;
      continue;
    }
    store::AcceptedReport& one = sorted.taken.emplace_back();
    one.server = server;
    one.key = *key;
    one.received = received;
    one.time = std::min(time, received + kTolerableSkew);
    one.report = std::move(reports[i]);
  }
  return sorted;
}

}  // namespace

Result<std::string> bearer_key(const net::Headers& headers) {
  const auto value = headers.find("Authorization");
  if (!value) {
    return fail(Errc::unauthorized,
                "Authorization: expected \"Bearer KEY\" with the key that was shown when the "
                "server was added, got no such header");
  }
  std::string scheme(value->substr(0, kBearer.size()));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto key = trim(value->substr(std::min(value->size(), kBearer.size())));
  if (scheme != kBearer || key.empty()) {
    return fail(Errc::unauthorized, "Authorization: expected \"Bearer KEY\", got another form");
  }
  return std::string(key);
}

void NativeReceiver::handle(ExchangePtr exchange) {
  if (exchange->request.method != net::Method::post) {
    exchange->respond(method_not_allowed("POST"));
    return;
  }
  auto key = bearer_key(exchange->request.headers);
  if (!key) {
    refuse(exchange, key.error());
    return;
  }
  keys_.find(*key, [this, exchange](const Result<std::optional<model::ServerId>>& server) {
    if (!server) {
      refuse(exchange, server.error());
    } else if (!*server) {
      refuse(exchange, {Errc::unauthorized,
                        "unknown key: no server was added with it, or that server was deleted"});
    } else {
      decode(exchange, **server);
    }
  });
}

void NativeReceiver::decode(ExchangePtr exchange, model::ServerId server) {
  if (exchange->request.body.size() <= kDecodeHereBytes) {
    accept(exchange, server, wire::parse_reports(exchange->request.body, wire::ReportLimits{}));
    return;
  }
  const bool queued = context_.workers.submit([this, exchange, server] {
    using Decoded = Result<std::vector<model::Report>>;
    const auto decoded = std::make_shared<Decoded>(
        wire::parse_reports(exchange->request.body, wire::ReportLimits{}));
    context_.loop.post(
        [this, exchange, server, decoded] { accept(exchange, server, std::move(*decoded)); });
  });
  if (!queued) refuse(exchange, too_busy());
}

void NativeReceiver::accept(const ExchangePtr& exchange, model::ServerId server,
                            Result<std::vector<model::Report>> reports) {
  if (!reports) {
    refuse(exchange, reports.error());
    return;
  }
  const WallTime received = context_.clock.wall_now();
  const ClockSkew skew = measure_skew(*reports, sent_time(exchange->request.headers), received);
  const bool alone = reports->size() == 1;
  auto sorted = sort_out(std::move(*reports), server, skew, received, context_.retention);
  if (!sorted) {
    refuse(exchange, sorted.error());
    return;
  }
  IngestJob job;
  Known& known = known_[model::to_number(server)];
  if (!sorted->taken.empty()) {
    const auto& newest = newest_of(sorted->taken);
    if (!judge_host(known, job, server, newest, skew, received)) {
      refuse(exchange, {Errc::conflict, known.conflict.message()});
      return;
    }
  } else {
    job.touch = server;  // nothing to store, but a sign of life
  }
  judge_clock(known, job, server, skew);
  judge_times(known, job, server, sorted->refused, sorted->why);
  if (sorted->refused > 0) {
    const auto more = sorted->refused == 1
                          ? std::string()
                          : " (and " + std::to_string(sorted->refused - 1) + " more)";
    context_.refusals.add(exchange->request, 400, sorted->why + more);
  }
  job.reports = std::move(sorted->taken);
  job.bytes = exchange->request.body.size();
  exchange->request.body = {};  // the reports hold what is needed
  // A report that came alone is told so by the status; of several, the others count.
  const bool is_error = alone && sorted->refused > 0;
  job.done = [this, exchange, is_error, refused = sorted->refused,
              why = std::move(sorted->why)](const Result<Stored>& stored) {
    if (!stored) {
      refuse(exchange, stored.error());
    } else if (is_error) {
      exchange->respond(error_reply({Errc::invalid, why}));
    } else {
      acknowledge(exchange, *stored, refused, why);
    }
  };
  if (const auto queued = context_.ingest.submit(std::move(job)); !queued) {
    refuse(exchange, queued.error());
  }
}

void NativeReceiver::acknowledge(const ExchangePtr& exchange, const Stored& stored,
                                 std::uint64_t refused, const std::string& why) {
  wire::ReportReply reply;
  reply.acknowledged = stored.acknowledged + refused;
  reply.repeated = stored.repeated;
  reply.refused = stored.refused + refused;
  reply.refused_detail = why;
  if (stored.refused > 0) {
    constexpr std::string_view kOutOfRange = "time_ms: a time that no clock shows";
    context_.refusals.add(exchange->request, 400, kOutOfRange);
    if (why.empty()) reply.refused_detail = kOutOfRange;
  }
  reply.server_time = context_.clock.wall_now();
  net::Response response;
  response.body = wire::encode_reply(reply);
  exchange->respond(std::move(response));
}

bool NativeReceiver::judge_host(Known& known, IngestJob& job, model::ServerId server,
                                const model::Report& newest, const ClockSkew& skew,
                                WallTime received) {
  const WallTime sample_time = skew.correct(newest.time.value_or(received));
  switch (known.conflict.judge(newest.boot_id, newest.facts.hostname, sample_time, received)) {
    case KeyConflict::Verdict::refuse:
      return false;
    case KeyConflict::Verdict::accept_new_conflict: {
      model::ServerEvent event;
      event.server = server;
      event.time = received;
      event.kind = model::EventKind::key_conflict;
      event.cause = known.conflict.message();
      job.events.push_back(std::move(event));
      job.warnings.push_back({server, "key_conflict", known.conflict.message()});
      known.conflict_warned = true;
      return true;
    }
    case KeyConflict::Verdict::accept:
      break;
  }
  if (known.conflict_warned && !known.conflict.active(received)) {
    job.warnings.push_back({server, "key_conflict", {}});
    known.conflict_warned = false;
  }
  return true;
}

void NativeReceiver::judge_clock(Known& known, IngestJob& job, model::ServerId server,
                                 const ClockSkew& skew) {
  if (skew.warn) {
    job.warnings.push_back({server, "clock", skew_warning(skew)});
  } else if (known.clock_warned) {
    job.warnings.push_back({server, "clock", {}});
  }
  known.clock_warned = skew.warn;
}

void NativeReceiver::judge_times(Known& known, IngestJob& job, model::ServerId server,
                                 std::uint64_t refused, const std::string& why) {
  if (refused > 0) {
    const auto what = refused == 1
                          ? std::string("a report was refused and is lost: ")
                          : std::to_string(refused) + " reports were refused and are lost: ";
    job.warnings.push_back({server, std::string(kTimeWarning), what + why});
  } else if (known.time_warned) {
    job.warnings.push_back({server, std::string(kTimeWarning), {}});
  }
  known.time_warned = refused > 0;
}

void NativeReceiver::refuse(const ExchangePtr& exchange, const Error& error) {
  net::Response response = error_reply(error);
  if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  context_.refusals.add(exchange->request, response.status, error.message);
  exchange->respond(std::move(response));
}

void NativeReceiver::restore(const store::AcceptedReport& last) {
  if (last.report.boot_id.empty()) return;
  known_[model::to_number(last.server)].conflict.judge(
      last.report.boot_id, last.report.facts.hostname, last.time, last.received);
}

void NativeReceiver::servers_changed(const std::unordered_set<std::int64_t>& servers) {
  std::erase_if(known_, [&](const auto& entry) { return !servers.contains(entry.first); });
}

}  // namespace wakeful::server
