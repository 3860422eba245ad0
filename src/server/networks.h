// server/networks.h: a list of address ranges, such as those from which the keyless protocol is
// taken.
//
// Pure. Used by config.h (parsing) and monitor_receiver.cc (one check per report). An IPv4 address
// that comes in over an IPv6 socket ("::ffff:10.0.0.1") counts as the IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wakeful::server {

/// 16 bytes, IPv4 as ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;

/// An address of either family; a zone ("%eth0") is ignored. nullopt: not an address.
std::optional<AddressBytes> parse_address(std::string_view text);

/// One range: "10.0.0.0/8", "fd00::/8", or a single address.
struct Network {
  AddressBytes address{};
  unsigned prefix_bits = 128;  ///< counted on the 16 bytes

  bool contains(const AddressBytes& other) const;
};

/// errors  invalid: says what was expected and what came; bits behind the prefix count as an error,
///         because they are most often a slip ("10.1.2.3/8")
Result<Network> parse_network(std::string_view text);

class Networks {
 public:
  Networks() = default;
  explicit Networks(std::vector<Network> networks) : networks_(std::move(networks)) {}
  /// Text that is not an address is in no network.
  bool contains(std::string_view address) const;

 private:
  std::vector<Network> networks_;
};

}  // namespace wakeful::server
