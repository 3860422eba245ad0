#include "server/write_health.h"

#include <gtest/gtest.h>

#include "server/routes.h"
#include "support/fake_clock.h"

namespace wakeful::server {
namespace {

using Part = WriteHealth::Part;

TEST(WriteHealth, NothingIsKnownAtFirst) {
  const WriteHealth health;
  EXPECT_FALSE(health.state(MonoTime{std::chrono::hours(1)}).fresh);
}

TEST(WriteHealth, AFailureStaysUntilAWriteSucceeds) {
  test::FakeClock clock;
  WriteHealth health;
  health.failed(Part::samples, "disk full", clock.mono_now());
  EXPECT_EQ(health.state(clock.mono_now()).reason, "disk full");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(health.state(clock.mono_now()).reason, "disk full");
  health.succeeded(Part::samples, clock.mono_now());
  EXPECT_EQ(health.state(clock.mono_now()).reason, std::nullopt);
}

TEST(WriteHealth, SamplesThatGoWellDoNotHideEventsThatDoNot) {
  test::FakeClock clock;
  WriteHealth health;
  health.failed(Part::events, "registry.db: disk full", clock.mono_now());
  health.succeeded(Part::samples, clock.mono_now());
  EXPECT_EQ(health.state(clock.mono_now()).reason, "registry.db: disk full");
  health.succeeded(Part::events, clock.mono_now());
  EXPECT_EQ(health.state(clock.mono_now()).reason, std::nullopt);
}

TEST(WriteHealth, KnowledgeGetsStale) {
  test::FakeClock clock;
  WriteHealth health;
  health.succeeded(Part::samples, clock.mono_now());
  EXPECT_TRUE(health.state(clock.mono_now()).fresh);
  clock.advance(WriteHealth::kFresh);
  EXPECT_FALSE(health.state(clock.mono_now()).fresh);
}

TEST(HealthResponse, IsTheOldServersToTheByte) {
  const auto response = health_response(std::nullopt, from_unix_ms(1'725'463'800'123));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status": "healthy", "timestamp": "2024-09-04T15:30:00.123000"})");
}

TEST(HealthResponse, SaysWhyItIsUnhealthy) {
  const auto response =
      health_response("samples.db: \"disk\" is full\n", from_unix_ms(1'725'463'800'123));
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.headers.find("Retry-After"));
  EXPECT_EQ(response.body, R"({"status": "unhealthy", "timestamp": "2024-09-04T15:30:00.123000", )"
                           R"("reason": "samples.db: \"disk\" is full"})");
}

}  // namespace
}  // namespace wakeful::server
