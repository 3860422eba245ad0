// server/collector_receiver.h: GET /?id=KEY&… of the old server manager. docs/protocol.md §4.
#pragma once

#include "server/exchange.h"
#include "server/key_lookup.h"
#include "wire/collector.h"

namespace wakeful::server {

/// Whether GET / is a report: its query has an id. Without one the same path is the page.
bool is_collector_query(std::string_view query);

/// Lives on the loop's thread.
class CollectorReceiver {
 public:
  CollectorReceiver(const ReceiverContext& context, KeyLookup& keys)
      : context_(context), keys_(keys) {}

  void handle(const ExchangePtr& exchange);

 private:
  void accept(const ExchangePtr& exchange, model::ServerId server, model::Report report);
  void refuse(const ExchangePtr& exchange, int status, std::string_view text);

  const ReceiverContext& context_;
  KeyLookup& keys_;
};

}  // namespace wakeful::server
