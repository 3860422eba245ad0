#include "net/http_client.h"
#include "net_support.h"
#include "tls_support.h"

namespace wakeful::net::test {
namespace {

Endpoint https(const std::string& host, std::uint16_t port) {
  return parse_endpoint("https://" + host + ":" + std::to_string(port)).value();
}

void expect_error(const Result<ClientResponse>& result, Errc code, std::string_view part) {
  ASSERT_FALSE(result) << result->status << " " << result->body;
  EXPECT_EQ(errc_name(result.error().code), errc_name(code)) << result.error().message;
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

class HttpClientTls : public testing::Test {
 protected:
  HttpClientOptions trusting(const SelfSigned& identity) {
    HttpClientOptions options;
    options.ca_file = dir_.file("ca.pem");
    identity.write_pem(options.ca_file);
    return options;
  }
  TempDir dir_;
};

TEST_F(HttpClientTls, TrustsTheCaOfTheFileAndSendsTheName) {
  const SelfSigned identity("DNS:localhost,IP:127.0.0.1");
  TlsServer server(identity);
  const auto options = trusting(identity);
  const auto named = fetch(https("localhost", server.port()), {}, options);
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->body, "localhost");
  const auto address = fetch(https("127.0.0.1", server.port()), {}, options);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->body, "none") << "an address is no name to ask for";
}

TEST_F(HttpClientTls, KeepsTheConnection) {
  const SelfSigned identity("IP:127.0.0.1");
  TlsServer server(identity);
  Loop loop;
  const auto client = make_http_client(loop, https("127.0.0.1", server.port()), trusting(identity));
  int answers = 0;
  std::function<void(Result<ClientResponse>)> next = [&](const Result<ClientResponse>& response) {
    EXPECT_TRUE(response) << response.error().message;
    if (++answers == 3 || !response) return loop.stop();
    client->send({}, next);
  };
  client->send({}, next);
  loop.run();
  // The server serves one connection at a time: a second would have waited for ever.
  EXPECT_EQ(answers, 3);
}

TEST_F(HttpClientTls, RefusesACertificateThatNobodyVouchesFor) {
  const SelfSigned identity("DNS:localhost");
  TlsServer server(identity);
  const auto result = fetch(https("localhost", server.port()), {}, {});
  expect_error(result, Errc::denied, "the certificate of localhost is not trusted: self-signed");
  expect_error(result, Errc::denied, "ca_file");
}

TEST_F(HttpClientTls, RefusesACertificateForAnotherName) {
  const SelfSigned identity("DNS:other.example,IP:127.0.0.2");
  TlsServer server(identity);
  const auto options = trusting(identity);
  expect_error(fetch(https("localhost", server.port()), {}, options), Errc::denied,
               "the certificate is not for localhost");
  expect_error(fetch(https("127.0.0.1", server.port()), {}, options), Errc::denied,
               "the certificate is not for 127.0.0.1");
}

TEST_F(HttpClientTls, RefusesACertificateThatHasExpired) {
  const SelfSigned identity("DNS:localhost", -1);
  TlsServer server(identity);
  expect_error(fetch(https("localhost", server.port()), {}, trusting(identity)), Errc::denied,
               "expired");
}

TEST_F(HttpClientTls, SaysThatTheServerSpeaksNoTls) {
  TestServer server(echo);
  expect_error(fetch(https("127.0.0.1", server.port()), {}, {}), Errc::unavailable,
               "TLS handshake failed");
}

TEST_F(HttpClientTls, SaysThatTheCaFileCannotBeUsed) {
  TestServer server(echo);
  HttpClientOptions options;
  options.ca_file = dir_.file("missing.pem");
  expect_error(fetch(https("127.0.0.1", server.port()), {}, options), Errc::invalid, "missing.pem");
}

}  // namespace
}  // namespace wakeful::net::test
