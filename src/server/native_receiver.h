// server/native_receiver.h: POST /api/v1/reports. docs/protocol.md §1.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/report.h"
#include "model/server.h"
#include "server/clock_skew.h"
#include "server/exchange.h"
#include "server/key_conflict.h"
#include "server/key_lookup.h"
#include "store/samples.h"

namespace wakeful::server {

/// Lives on the loop's thread.
class NativeReceiver {
 public:
  NativeReceiver(const ReceiverContext& context, KeyLookup& keys)
      : context_(context), keys_(keys) {}

  void handle(ExchangePtr exchange);
  /// After a restart: the host that reported last, so that a second one is told from it.
  void restore(const store::AcceptedReport& last);
  void servers_changed(const std::unordered_set<std::int64_t>& servers);

 private:
  /// What is remembered of a server between its reports.
  struct Known {
    KeyConflict conflict;
    bool clock_warned = false;
    bool conflict_warned = false;
    bool time_warned = false;
  };

  void decode(ExchangePtr exchange, model::ServerId server);
  void accept(const ExchangePtr& exchange, model::ServerId server,
              Result<std::vector<model::Report>> reports);
  /// Whether the host may report; changes what is to be shown.
  bool judge_host(Known& known, IngestJob& job, model::ServerId server, const model::Report& newest,
                  const ClockSkew& skew, WallTime received);
  void judge_clock(Known& known, IngestJob& job, model::ServerId server, const ClockSkew& skew);
  void judge_times(Known& known, IngestJob& job, model::ServerId server, std::uint64_t refused,
                   const std::string& why);
  /// refused, why: of those that did not go to the store
  void acknowledge(const ExchangePtr& exchange, const Stored& stored, std::uint64_t refused,
                   const std::string& why);
  void refuse(const ExchangePtr& exchange, const Error& error);

  const ReceiverContext& context_;
  KeyLookup& keys_;
  std::unordered_map<std::int64_t, Known> known_;
};

/// The key of "Authorization: Bearer KEY".
/// errors  unauthorized: absent, or of another form
Result<std::string> bearer_key(const net::Headers& headers);

}  // namespace wakeful::server
