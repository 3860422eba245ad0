#include "agent/uplink.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/log.h"
#include "base/strings.h"
#include "wire/native.h"

namespace wakeful::agent {
namespace {

using Kind = UplinkOutcome::Kind;

constexpr std::size_t kMaxShownBytes = 400;
constexpr std::string_view kTarget = "/api/v1/reports";

/// The detail of a problem document, or the start of whatever came.
std::string answer_detail(const net::ClientResponse& response) {
  boost::system::error_code error;
  const auto value = boost::json::parse(response.body, error);
  if (!error && value.is_object()) {
    const auto* detail = value.as_object().if_contains("detail");
    if (detail != nullptr && detail->is_string()) {
      return shorten(std::string_view(detail->as_string()), kMaxShownBytes);
    }
  }
  return shorten(trim(response.body), kMaxShownBytes);
}

std::optional<Milliseconds> retry_after(const net::ClientResponse& response) {
  const auto header = response.headers.find("Retry-After");
  if (!header) return std::nullopt;
  const auto seconds = parse_integer<std::uint32_t>(trim(*header));
  if (!seconds) return std::nullopt;
  return Milliseconds(std::int64_t{*seconds} * 1000);
}

/// What the owner can do about an answer that is not about the report itself.
std::string remedy(int status, const net::ClientResponse& response) {
  switch (status) {
    case 401:
      return "the server does not know this key: check --key-file, or add this server again "
             "(wakeful add NAME) and use the new key";
    case 403:
      return "the server does not allow this: " + answer_detail(response);
    case 404:
    case 405:
      return "there is no Wakeful server at this address: check --server";
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    const auto location = response.headers.find("Location");
    return "the address answers with a redirection" +
           (location ? " to " + shorten(*location, kMaxShownBytes) : std::string()) +
           ": give the final address in --server";
  }
  return answer_detail(response);
}

/// Refused for good: sending the same bytes again cannot help.
bool is_about_the_report(int status) {
  return status == 400 || status == 409 || status == 413 || status == 415 || status == 422;
}

bool is_passing(int status) { return status >= 500 || status == 408 || status == 429; }

}  // namespace

Uplink::Uplink(net::Loop& loop, std::unique_ptr<net::HttpClient> client, UplinkOptions options)
    : loop_(loop),
      client_(std::move(client)),
      options_(std::move(options)),
      queue_(options_.queue),
      backoff_(options_.first_retry, options_.longest_retry, options_.seed),
      alive_(std::make_shared<Uplink*>(this)) {}

Uplink::~Uplink() = default;

void Uplink::submit(std::string report_json) {
  const std::size_t dropped = queue_.push(std::move(report_json));
  counters_.overflowed += dropped;
  if (dropped > 0 && !overflowing_) {
    log::warning("uplink", "the queue is full: the oldest reports are dropped",
                 {{"queued", queue_.size()}, {"bytes", queue_.bytes()}});
  }
  if (dropped > 0) overflowing_ = true;
  if (!waiting_) send_next();
}

void Uplink::send_next() {
  if (busy_) return;
  if (queue_.empty()) {
    end_flush();
    return;
  }
  busy_ = true;
  net::ClientRequest request;
  request.method = net::Method::post;
  request.target = kTarget;
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Authorization", "Bearer " + options_.key);
  request.headers.add("User-Agent", "wakeful-agent/" WAKEFUL_VERSION);
  // By this the server measures the difference of the clocks: what waited in the queue for long is
  // old, and no sign of a clock that is wrong.
  request.headers.add("Wakeful-Sent-Ms", std::to_string(to_unix_ms(SystemClock().wall_now())));
  request.body =
      queue_.take(singles_ > 0 ? 1 : options_.max_batch_reports, options_.max_batch_bytes);
  std::weak_ptr<Uplink*> weak = alive_;
  client_->send(std::move(request), [weak](Result<net::ClientResponse> answer) {
    if (const auto self = weak.lock()) (*self)->on_answer(std::move(answer));
  });
}

UplinkOutcome Uplink::judge_success(const net::ClientResponse& response) {
  UplinkOutcome outcome;
  outcome.status = response.status;
  outcome.reports = queue_.sent();
  const auto reply = wire::parse_reply(response.body);
  if (!reply) {
    outcome.kind = Kind::refused;
    outcome.message = "the address answers " + std::to_string(response.status) +
                      " but not as a Wakeful server does (" + reply.error().message +
                      "): check --server";
  } else if (reply->acknowledged != queue_.sent()) {
    outcome.message = "expected " + std::to_string(queue_.sent()) +
                      " reports to be acknowledged, got " + std::to_string(reply->acknowledged);
  } else {
    outcome.kind = Kind::acknowledged;
    counters_.acknowledged += reply->acknowledged - reply->refused;
    counters_.repeated += reply->repeated;
    counters_.refused += reply->refused;
    outcome.message = reply->refused_detail;
  }
  return outcome;
}

UplinkOutcome Uplink::judge(const Result<net::ClientResponse>& answer) {
  UplinkOutcome outcome;
  outcome.reports = queue_.sent();
  if (!answer) {
    outcome.message = answer.error().message;
    // A certificate that is not trusted, or an answer that is not HTTP, stays so.
    const Errc code = answer.error().code;
    if (code == Errc::denied || code == Errc::parse) outcome.kind = Kind::refused;
    return outcome;
  }
  if (answer->status == 200) {
    outcome = judge_success(*answer);
  } else {
    outcome.status = answer->status;
    if (is_about_the_report(answer->status)) {
      outcome.kind = Kind::dropped;
      outcome.message = answer_detail(*answer);
    } else {
      outcome.kind = is_passing(answer->status) ? Kind::failed : Kind::refused;
      outcome.message = remedy(answer->status, *answer);
    }
  }
  outcome.answer = answer->body;
  return outcome;
}

void Uplink::on_answer(Result<net::ClientResponse> answer) {
  busy_ = false;
  UplinkOutcome outcome = judge(answer);
  settle(std::move(outcome), answer);
}

void Uplink::settle(UplinkOutcome outcome, const Result<net::ClientResponse>& answer) {
  const bool splits = outcome.kind == Kind::dropped && outcome.reports > 1 &&
                      outcome.status != 409;  // 409 is about the host, so about all of them
  if (splits) {
    singles_ = outcome.reports;
    queue_.give_back();
    send_next();
    return;
  }
  const bool settled = outcome.kind == Kind::acknowledged || outcome.kind == Kind::dropped;
  if (settled) {
    singles_ -= std::min(singles_, outcome.reports);
    queue_.remove_sent();
    overflowing_ = false;
  } else {
    queue_.give_back();
  }
  if (outcome.kind == Kind::dropped) counters_.refused += outcome.reports;
  tell(outcome);
  if (told_) told_(outcome);

  if (settled) {
    backoff_.reset();
    send_next();
    return;
  }
  if (flushing_) {
    end_flush();
    return;
  }
  waiting_ = true;
  std::weak_ptr<Uplink*> weak = alive_;
  retry_ = loop_.after(wait_after(outcome, answer), [weak] {
    const auto self = weak.lock();
    if (!self) return;
    (*self)->waiting_ = false;
    (*self)->send_next();
  });
}

Milliseconds Uplink::wait_after(const UplinkOutcome& outcome,
                                const Result<net::ClientResponse>& answer) {
  if (answer) {
    if (const auto asked = retry_after(*answer)) {
      return backoff_.spread(std::min(*asked, options_.longest_retry_after));
    }
  }
  if (outcome.kind == Kind::refused) return backoff_.spread(options_.refused_retry);
  return backoff_.next();
}

void Uplink::tell(const UplinkOutcome& outcome) {
  std::string now = std::to_string(static_cast<int>(outcome.kind)) + ' ' +
                    std::to_string(outcome.status) + ' ' + outcome.message;
  if (now == last_told_) return;
  const bool first = last_told_.empty();
  last_told_ = std::move(now);
  switch (outcome.kind) {
    case Kind::acknowledged:
      if (!outcome.message.empty()) {
        log::error("uplink", "the server refused reports, which are dropped",
                   {{"detail", outcome.message}, {"refused", counters_.refused}});
        break;
      }
      log::info("uplink", first ? "the server acknowledges our reports" : "the server is back",
                {{"server", options_.server_url},
                 {"queued", queue_.size()},
                 {"overflowed", counters_.overflowed},
                 {"refused", counters_.refused}});
      break;
    case Kind::dropped:
      log::error("uplink", "the server refused a report, which is dropped",
                 {{"status", outcome.status},
                  {"detail", outcome.message},
                  {"refused", counters_.refused}});
      break;
    case Kind::refused:
      log::error("uplink", "the server does not take our reports; they are kept and tried again",
                 {{"server", options_.server_url},
                  {"status", outcome.status},
                  {"detail", outcome.message}});
      break;
    case Kind::failed:
      log::warning("uplink", "the reports cannot be delivered now; they are kept and tried again",
                   {{"server", options_.server_url},
                    {"status", outcome.status},
                    {"detail", outcome.message}});
      break;
  }
}

void Uplink::flush(Milliseconds deadline, std::function<void()> done) {
  flushing_ = true;
  flushed_ = std::move(done);
  waiting_ = false;
  retry_ = {};
  std::weak_ptr<Uplink*> weak = alive_;
  flush_deadline_ = loop_.after(deadline, [weak] {
    if (const auto self = weak.lock()) (*self)->end_flush();
  });
  send_next();
}

void Uplink::end_flush() {
  if (!flushing_ || !flushed_) return;
  flush_deadline_ = {};
  // The callback may end us: nothing of ours is touched after it.
  const auto done = std::exchange(flushed_, nullptr);
  done();
}

}  // namespace wakeful::agent
