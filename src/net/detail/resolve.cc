#include "net/detail/resolve.h"

#include <cstring>
#include <thread>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <netdb.h>
#include <system_error>

namespace wakeful::net::detail {

namespace asio = boost::asio;

Addresses parse_address(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return {};
  return {{address, port}};
}

namespace {

Result<Addresses> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (status != 0) {
    return fail(Errc::unavailable,
                "cannot find the address of " + host + ": " + gai_strerror(status));
  }
  Addresses addresses;
  for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    addresses.push_back(endpoint);
  }
  freeaddrinfo(list);
  return addresses;
}

}  // namespace

std::shared_ptr<Lookup> Lookup::start(asio::io_context& io, std::string host, std::uint16_t port,
                                      Done done) {
  auto lookup = std::make_shared<Lookup>();
  lookup->io_ = &io;
  lookup->done_ = std::move(done);
  try {
    std::thread([lookup, host = std::move(host), port] { lookup->run(host, port); }).detach();
  } catch (const std::system_error& error) {
    lookup->report(fail(Errc::unavailable,
                        std::string("cannot start a thread for a lookup: ") + error.what()));
  }
  return lookup;
}

void Lookup::run(const std::string& host, std::uint16_t port) { report(look_up(host, port)); }

void Lookup::report(Result<Addresses> result) {
  const std::lock_guard lock(mutex_);
  if (!io_) return;
  asio::post(*io_, [self = shared_from_this(), result = std::move(result)]() mutable {
    if (self->done_) std::exchange(self->done_, nullptr)(std::move(result));
  });
}

void Lookup::cancel() {
  done_ = nullptr;
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

}  // namespace wakeful::net::detail
