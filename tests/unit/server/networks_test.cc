#include "server/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

using testing::HasSubstr;

Networks networks(const std::vector<std::string>& texts) {
  std::vector<Network> parsed;
  for (const std::string& text : texts) parsed.push_back(parse_network(text).value());
  return Networks(parsed);
}

TEST(Networks, ContainWhatTheirPrefixCovers) {
  const Networks allowed = networks({"10.0.0.0/8", "192.168.4.0/22", "fd00::/8"});
  EXPECT_TRUE(allowed.contains("10.255.0.1"));
  EXPECT_TRUE(allowed.contains("192.168.7.255"));
  EXPECT_TRUE(allowed.contains("fd12::1"));
  EXPECT_FALSE(allowed.contains("11.0.0.1"));
  EXPECT_FALSE(allowed.contains("192.168.8.0"));
  EXPECT_FALSE(allowed.contains("fe80::1"));
}

TEST(Networks, ASingleAddressIsItself) {
  const Networks allowed = networks({"10.0.0.5", "::1"});
  EXPECT_TRUE(allowed.contains("10.0.0.5"));
  EXPECT_TRUE(allowed.contains("::1"));
  EXPECT_FALSE(allowed.contains("10.0.0.6"));
  EXPECT_FALSE(allowed.contains("::2"));
}

TEST(Networks, AnIpv4AddressOverAnIpv6SocketIsTheIpv4Address) {
  EXPECT_TRUE(networks({"127.0.0.0/8"}).contains("::ffff:127.0.0.1"));
  EXPECT_FALSE(networks({"::1/128"}).contains("::ffff:127.0.0.1"));
}

TEST(Networks, AZoneIsIgnored) { EXPECT_TRUE(networks({"fe80::/10"}).contains("fe80::1%eth0")); }

TEST(Networks, WhatIsNoAddressIsInNone) {
  const Networks all = networks({"0.0.0.0/0", "::/0"});
  EXPECT_TRUE(all.contains("8.8.8.8"));
  EXPECT_FALSE(all.contains(""));
  EXPECT_FALSE(all.contains("localhost"));
  EXPECT_FALSE(all.contains("1.2.3"));
}

TEST(Networks, WithoutAnyNothingIsContained) { EXPECT_FALSE(Networks().contains("127.0.0.1")); }

TEST(Networks, AZeroPrefixOfIpv4DoesNotTakeInIpv6) {
  EXPECT_FALSE(networks({"0.0.0.0/0"}).contains("2001:db8::1"));
}

class BadNetwork : public testing::TestWithParam<const char*> {};

TEST_P(BadNetwork, IsAnErrorThatShowsIt) {
  const auto result = parse_network(GetParam());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::invalid);
  EXPECT_THAT(result.error().message, HasSubstr(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, BadNetwork,
                         testing::Values("", "10", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1",
                                         "10.0.0.0/8x", "10.0.0.0/", "gpu3/8", "10.0.0.1/8",
                                         "fd00::1/8", "10.0.0.0/8/8"));

}  // namespace
}  // namespace wakeful::server
