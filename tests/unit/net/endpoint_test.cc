#include "net/http_client.h"
#include "net_support.h"

namespace wakeful::net::test {
namespace {

using Scheme = Endpoint::Scheme;

TEST(ParseEndpoint, TakesNamesAddressesPortsAndPaths) {
  const auto named = parse_endpoint("http://monitor.example:8000");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->scheme, Scheme::http);
  EXPECT_EQ(named->host, "monitor.example");
  EXPECT_EQ(named->port, 8000);
  EXPECT_EQ(named->base_path, "");

  const auto secure = parse_endpoint("https://monitor.example/wakeful/");
  ASSERT_TRUE(secure);
  EXPECT_EQ(secure->scheme, Scheme::https);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->base_path, "/wakeful");

  const auto v6 = parse_endpoint("http://[::1]:8000/base");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 8000);

  const auto socket = parse_endpoint("unix:/run/docker.sock");
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->scheme, Scheme::unix_socket);
  EXPECT_EQ(socket->host, "/run/docker.sock");
}

TEST(ParseEndpoint, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no known scheme"},
      {"monitor:8000", "no known scheme"},
      {"ftp://x", "no known scheme"},
      {"http://", "no host name"},
      {"http://:80", "no host name"},
      {"http://a b", "no host name"},
      {"http://a:0", "port"},
      {"http://a:65536", "port"},
      {"http://a:", "port"},
      {"http://a:8o", "port"},
      {"http://me:pw@host", "user name"},
      {"http://[::1", "IPv6"},
      {"http://[zz]", "IPv6"},
      {"http://[::1]x", "port"},
      {"http://a/b?c", "path"},
      {"unix:docker.sock", "begin with '/'"},
  };
  for (const auto& [url, expected] : cases) {
    const auto endpoint = parse_endpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code, Errc::invalid) << url;
    EXPECT_NE(endpoint.error().message.find(expected), std::string::npos)
        << url << ": " << endpoint.error().message;
  }
  EXPECT_FALSE(parse_endpoint("unix:/" + std::string(200, 'x')));
}

}  // namespace
}  // namespace wakeful::net::test
