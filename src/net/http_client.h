// net/http_client.h: HTTP/1.1 client: asynchronous on a Loop, or blocking for command-line tools.
//
// Speaks http://, https:// (certificate and name verified against the system's or the given CAs)
// and unix:/path/to/socket (the Docker Engine). Each client keeps one connection and sends one
// request at a time. A host that is a name is looked up on a thread that lives for the lookup only;
// an address needs none. The CAs are loaded with the first https request of a client.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"

namespace wakeful::net {

/// Where requests go. Parsed once, so that a bad address is an error at start.
struct Endpoint {
  enum class Scheme { http, https, unix_socket };
  Scheme scheme = Scheme::http;
  std::string host;  ///< name or address; for unix_socket the path
  std::uint16_t port = 80;
  std::string base_path;  ///< "" or "/wakeful": put before every path
};
/// "http://host:8000", "https://host", "http://[::1]:8000/base", "unix:/run/docker.sock".
/// errors  invalid: says what is wrong with it
Result<Endpoint> parse_endpoint(std::string_view url);

struct ClientRequest {
  Method method = Method::get;
  std::string target = "/";  ///< path and query
  Headers headers;           ///< Host, Content-Length and Connection are added
  std::string body;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

struct HttpClientOptions {
  Milliseconds timeout{10'000};  ///< for the whole exchange: resolve, connect, send, receive
  std::size_t max_body_bytes = 16 << 20;  ///< of a response
  std::string ca_file;                    ///< PEM; empty: the system's CAs
};

/// Lives on the loop's thread. A kept connection that the other side closed is opened anew, once: a
/// request may then arrive twice, so it must be one that can be repeated.
/// Destroying it ends what runs without calling anybody.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// errors  invalid: asked while another request runs, or ca_file cannot be used; timeout;
  ///         unavailable: cannot resolve or connect (names the address); denied: no permission on the socket, or the certificate is not trusted;
  ///         too_large; parse: not HTTP
  /// done is called on the loop's thread, never from within send().
  virtual void send(ClientRequest request, std::function<void(Result<ClientResponse>)> done) = 0;
  /// End what runs (its callback gets Errc::unavailable, now) and close the connection.
  virtual void cancel() = 0;
};
std::unique_ptr<HttpClient> make_http_client(Loop& loop, Endpoint endpoint,
                                             HttpClientOptions options);

/// One request, waiting for it on the caller's thread.
Result<ClientResponse> fetch(const Endpoint& endpoint, ClientRequest request,
                             const HttpClientOptions& options);

}  // namespace wakeful::net
