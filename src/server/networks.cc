#include "server/networks.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/strings.h"

namespace wakeful::server {
namespace {

constexpr unsigned kMappedBits = 96;  // the ::ffff:0:0/96 in front of an IPv4 address

bool is_ipv4_text(std::string_view text) { return text.find(':') == std::string_view::npos; }

/// The address with every bit behind the prefix cleared.
AddressBytes masked(AddressBytes address, unsigned prefix_bits) {
  for (unsigned i = 0; i < address.size(); ++i) {
    const unsigned first_bit = i * 8;
    if (first_bit + 8 <= prefix_bits) continue;
    const unsigned kept = prefix_bits > first_bit ? prefix_bits - first_bit : 0;
    address[i] = static_cast<std::uint8_t>(address[i] & (0xff00U >> kept));
  }
  return address;
}

Error not_a_network(std::string_view text) {
  return {Errc::invalid, "expected an address or a range such as 127.0.0.0/8 or fd00::/8, got \"" +
                             shorten(text, 80) + "\""};
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));
  AddressBytes bytes{};
  if (is_ipv4_text(address)) {
    bytes[10] = bytes[11] = 0xff;
    if (::inet_pton(AF_INET, address.c_str(), bytes.data() + 12) != 1) return std::nullopt;
    return bytes;
  }
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

bool Network::contains(const AddressBytes& other) const {
  return masked(other, prefix_bits) == masked(address, prefix_bits);
}

Result<Network> parse_network(std::string_view text) {
  text = trim(text);
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = parse_address(address_text);
  if (!address) return fail(not_a_network(text));
  if (slash == std::string_view::npos) return Network{*address, 128};

  const unsigned offset = is_ipv4_text(address_text) ? kMappedBits : 0;
  const auto bits = parse_integer<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > 128 - offset) return fail(not_a_network(text));
  const Network network{*address, *bits + offset};
  if (masked(*address, network.prefix_bits) != *address) {
    return fail(Errc::invalid, "\"" + std::string(text) + "\": the address has bits behind its /" +
                                   std::to_string(*bits) +
                                   "; write the first address of the range, or leave the /" +
                                   std::to_string(*bits) + " away");
  }
  return network;
}

bool Networks::contains(std::string_view address) const {
  const auto bytes = parse_address(address);
  if (!bytes) return false;
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return network.contains(*bytes); });
}

}  // namespace wakeful::server
