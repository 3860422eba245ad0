#include <algorithm>
#include <utility>

#include <boost/asio/ip/address_v6.hpp>

#include "base/strings.h"
#include "net/http_client.h"

namespace wakeful::net {

namespace {

/// sockaddr_un has room for this much with the closing zero.
constexpr std::size_t kMaxSocketPathBytes = 107;

auto bad(std::string_view url, std::string_view why) {
  return fail(Errc::invalid,
              "'" + shorten(url, 200) + "': " + std::string(why) +
                  ": expected http://HOST[:PORT], https://HOST[:PORT] or unix:/PATH");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_path_character(char c) { return c > ' ' && c != 127 && c != '?' && c != '#'; }

bool is_ipv6(std::string_view text) {
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(text), error);
  return !error;
}

Result<Endpoint> parse_unix(std::string_view url, std::string_view path) {
  if (!path.starts_with('/')) return bad(url, "the socket's path must begin with '/'");
  if (path.size() > kMaxSocketPathBytes) return bad(url, "a socket's path has at most 107 bytes");
  if (path.find('\0') != std::string_view::npos) return bad(url, "the path has a zero byte in it");
  Endpoint endpoint;
  endpoint.scheme = Endpoint::Scheme::unix_socket;
  endpoint.host = path;
  endpoint.port = 0;
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
  Endpoint endpoint;
  std::string_view rest = url;
  if (rest.starts_with("unix:")) return parse_unix(url, rest.substr(5));
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    endpoint.scheme = Endpoint::Scheme::https;
    endpoint.port = 443;
  } else {
    return bad(url, "no known scheme");
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!std::all_of(path.begin(), path.end(), is_path_character)) {
    return bad(url, "the path has a blank, '?' or '#' in it");
  }
  endpoint.base_path = path;

  if (authority.find('@') != std::string_view::npos) {
    return bad(url, "a user name in an address is not supported");
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || !is_ipv6(authority.substr(1, end - 1))) {
      return bad(url, "no IPv6 address in the brackets");
    }
    endpoint.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    endpoint.host = authority.substr(0, colon);
    port = authority.substr(colon);
    const bool known = std::all_of(endpoint.host.begin(), endpoint.host.end(), is_host_character);
    if (endpoint.host.empty() || !known) return bad(url, "no host name or address");
  }
  if (port.empty()) return endpoint;
  const auto number = parse_integer<std::uint16_t>(port.substr(1));
  if (port.front() != ':' || !number || *number == 0) {
    return bad(url, "the port must be a number from 1 to 65535");
  }
  endpoint.port = *number;
  return endpoint;
}

}  // namespace wakeful::net
