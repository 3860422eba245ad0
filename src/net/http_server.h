// net/http_server.h: HTTP/1.1 server on a Loop. Beast stays in http_server.cc.
//
// The handler is called on the loop's thread and must not block; it answers through a Responder, at
// once or later and from any thread. Slow senders, long headers, big bodies and idle connections
// are ended by the limits below, each with a proper answer (408, 431, 413) where the protocol still
// allows one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"

namespace wakeful::net {

/// Answers one request. Movable, callable once from any thread; destroyed unused it answers 500.
class Responder {
 public:
  struct Impl;
  explicit Responder(std::unique_ptr<Impl> impl);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();
  void operator()(Response response);

 private:
  std::unique_ptr<Impl> impl_;
};

using HttpHandler = std::function<void(Request, Responder)>;

struct HttpServerOptions {
  std::string host = "127.0.0.1";  ///< address to bind; "0.0.0.0" or "::" for all
  std::uint16_t port = 0;          ///< 0: any free port
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = 16 << 20;  ///< after decompression too
  std::size_t max_connections = 20'000;
  Milliseconds header_timeout{
      10'000};  ///< from the first byte (or accept) to the end of the headers
  Milliseconds body_timeout{60'000};
  Milliseconds idle_timeout{
      120'000};  ///< between requests on a kept connection; also for a write that does not move
  /// Headers put on every response (security headers).
  Headers common_headers;
  /// Told of every request that is refused before the handler sees it (too slow, too big, not
  /// HTTP). path is empty when it has not come. On the loop's thread; must not block.
  std::function<void(const std::string& address, const std::string& path, int status,
                     std::string_view detail)>
      on_refused;
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  /// The port bound, also when 0 was asked for.
  virtual std::uint16_t port() const = 0;
  /// Take no new connections, close idle ones and event streams, let running requests finish; done
  /// is called on the loop's thread when none is left or the deadline passed.
  virtual void stop(Milliseconds deadline, std::function<void()> done) = 0;
};

/// Bind, listen and serve on the loop.
/// errors  invalid: the host is not an address; conflict: the port is taken (says so); denied: a
///         port below 1024
Result<std::unique_ptr<HttpServer>> make_http_server(Loop& loop, const HttpServerOptions& options,
                                                     HttpHandler handler);

}  // namespace wakeful::net
