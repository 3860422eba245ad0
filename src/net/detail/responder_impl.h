// net/detail/responder_impl.h: where the answer to a request goes.
#pragma once

#include <memory>

#include "net/detail/mailbox.h"
#include "net/http_server.h"

namespace wakeful::net {

struct Responder::Impl {
  Impl(std::shared_ptr<detail::Mailbox> m, detail::ConnectionId c, std::uint32_t r)
      : mailbox(std::move(m)), connection(c), request(r) {}

  std::shared_ptr<detail::Mailbox> mailbox;
  detail::ConnectionId connection;
  std::uint32_t request;
};

}  // namespace wakeful::net
