#include "server/collector_receiver.h"

#include <memory>
#include <utility>

#include "api/api.h"
#include "base/strings.h"
#include "server/report_key.h"

namespace wakeful::server {

bool is_collector_query(std::string_view query) {
  for (const std::string_view parameter : split(query, '&')) {
    if (parameter == "id" || parameter.starts_with("id=")) return true;
  }
  return false;
}

void CollectorReceiver::handle(const ExchangePtr& exchange) {
  auto parsed = wire::parse_collector(exchange->request.query);
  if (!parsed) {
    refuse(exchange, api::http_status(parsed.error().code), parsed.error().message);
    return;
  }
  const auto report = std::make_shared<model::Report>(std::move(parsed->report));
  keys_.find(parsed->key,
             [this, exchange, report](const Result<std::optional<model::ServerId>>& server) {
               if (!server) {
                 refuse(exchange, 503, server.error().message);
               } else if (!*server) {
                 refuse(exchange, 403, "Unknown key");
               } else {
                 accept(exchange, **server, std::move(*report));
               }
             });
}

void CollectorReceiver::accept(const ExchangePtr& exchange, model::ServerId server,
                               model::Report report) {
  IngestJob job;
  job.bytes = exchange->request.query.size();
  if (report.greeting) {
    job.touch = server;
  } else {
    const WallTime received = context_.clock.wall_now();
    store::AcceptedReport& accepted = job.reports.emplace_back();
    accepted.server = server;
    accepted.key = collector_key(report.time_text);
    accepted.time = received;
    accepted.received = received;
    accepted.report = std::move(report);
  }
  job.done = [this, exchange](const Result<Stored>& stored) {
    if (stored && stored->refused > 0) {
      refuse(exchange, 400, kNoTime);
    } else if (stored) {
      exchange->respond(text_reply(200, "Success!"));
    } else {
      refuse(exchange, stored.error().code == Errc::unauthorized ? 403 : 503,
             stored.error().message);
    }
  };
  if (const auto queued = context_.ingest.submit(std::move(job)); !queued) {
    refuse(exchange, 503, queued.error().message);
  }
}

void CollectorReceiver::refuse(const ExchangePtr& exchange, int status, std::string_view text) {
  context_.refusals.add(exchange->request, status, text);
  exchange->respond(text_reply(status, text));
}

}  // namespace wakeful::server
