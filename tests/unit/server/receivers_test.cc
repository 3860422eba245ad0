// The pure pieces of the receivers; the rest is tested over HTTP in tests/e2e/server.
#include <gtest/gtest.h>

#include "server/collector_receiver.h"
#include "server/monitor_receiver.h"
#include "server/native_receiver.h"

namespace wakeful::server {
namespace {

Result<std::string> key_of(const std::string& value) {
  net::Headers headers;
  headers.add("authorization", value);
  return bearer_key(headers);
}

TEST(BearerKey, IsTheWordBehindBearer) {
  EXPECT_EQ(key_of("Bearer wk_abc").value(), "wk_abc");
  EXPECT_EQ(key_of("bearer   wk_abc ").value(), "wk_abc");
  EXPECT_EQ(key_of("BEARER wk_abc").value(), "wk_abc");
}

TEST(BearerKey, OtherFormsAreRefusedWithoutShowingThem) {
  for (const char* value :
       {"", "Bearer", "Bearer ", "Basic wk_secret", "wk_secret", "Bearerwk_secret"}) {
    const auto key = key_of(value);
    ASSERT_FALSE(key) << value;
    EXPECT_EQ(key.error().code, Errc::unauthorized);
    EXPECT_EQ(key.error().message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(bearer_key(net::Headers()).error().code, Errc::unauthorized);
}

TEST(CollectorQuery, IsKnownByItsId) {
  EXPECT_TRUE(is_collector_query("id=wk_a&time=x"));
  EXPECT_TRUE(is_collector_query("time=x&id=wk_a"));
  EXPECT_TRUE(is_collector_query("id="));
  EXPECT_TRUE(is_collector_query("id"));
  EXPECT_FALSE(is_collector_query(""));
  EXPECT_FALSE(is_collector_query("ids=1"));
  EXPECT_FALSE(is_collector_query("x=id"));
}

TEST(CpuMeaning, SurvivesARestart) {
  for (const auto meaning : {wire::ContainerCpu::fraction, wire::ContainerCpu::percent_of_host,
                             wire::ContainerCpu::percent_of_core}) {
    EXPECT_EQ(decode_cpu_meaning(encode_cpu_meaning(meaning)), meaning);
  }
  EXPECT_EQ(decode_cpu_meaning("rubbish"), wire::ContainerCpu::fraction);
}

}  // namespace
}  // namespace wakeful::server
