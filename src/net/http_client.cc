#include "net/http_client.h"

#include <optional>
#include <utility>

#include "net/asio_access.h"
#include "net/detail/client_core.h"

namespace wakeful::net {

namespace {

class HttpClientImpl final : public HttpClient {
 public:
  HttpClientImpl(Loop& loop, Endpoint endpoint, HttpClientOptions options)
      : core_(std::make_shared<detail::ClientCore>(io_context_of(loop), std::move(endpoint),
                                                   std::move(options))) {}
  ~HttpClientImpl() override { core_->abandon(); }
  HttpClientImpl(const HttpClientImpl&) = delete;
  HttpClientImpl& operator=(const HttpClientImpl&) = delete;

  void send(ClientRequest request, std::function<void(Result<ClientResponse>)> done) override {
    core_->send(std::move(request), std::move(done));
  }
  // The callback may destroy this client.
  void cancel() override { std::shared_ptr(core_)->cancel(); }

 private:
  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(Loop& loop, Endpoint endpoint,
                                             HttpClientOptions options) {
  return std::make_unique<HttpClientImpl>(loop, std::move(endpoint), std::move(options));
}

Result<ClientResponse> fetch(const Endpoint& endpoint, ClientRequest request,
                             const HttpClientOptions& options) {
  Loop loop;
  const auto client = make_http_client(loop, endpoint, options);
  std::optional<Result<ClientResponse>> result;
  client->send(std::move(request), [&](Result<ClientResponse> answer) {
    result = std::move(answer);
    loop.stop();
  });
  loop.run();
  if (!result) return fail(Errc::internal, "the loop ended without an answer");
  return std::move(*result);
}

}  // namespace wakeful::net
