#include "server/report_key.h"

#include <gtest/gtest.h>

namespace wakeful::server {
namespace {

model::Report report(const std::string& boot_id, const std::string& run, std::uint64_t sequence) {
  model::Report made;
  made.boot_id = boot_id;
  made.agent_run = run;
  made.sequence = sequence;
  return made;
}

TEST(NativeKey, IsTheSameForTheSameReport) {
  const auto one = native_key(report("boot", "run", 12)).value();
  EXPECT_EQ(one, native_key(report("boot", "run", 12)).value());
  EXPECT_EQ(one.sequence, 12);
  EXPECT_NE(one.source, 0U);
}

TEST(NativeKey, DiffersByBootRunAndSequence) {
  const auto one = native_key(report("boot", "run", 12)).value();
  EXPECT_NE(one, native_key(report("boot", "run", 13)).value());
  EXPECT_NE(one.source, native_key(report("boot2", "run", 12)).value().source);
  EXPECT_NE(one.source, native_key(report("boot", "run2", 12)).value().source);
  // The two texts must not run together.
  EXPECT_NE(native_key(report("ab", "c", 1)).value().source,
            native_key(report("a", "bc", 1)).value().source);
}

TEST(NativeKey, ASequenceThatDoesNotFitIsRefused) {
  EXPECT_TRUE(native_key(report("boot", "run", (1ULL << 63) - 1)));
  const auto result = native_key(report("boot", "run", 1ULL << 63));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::invalid);
  EXPECT_EQ(result.error().message,
            "sequence: expected a whole number up to 9223372036854775807, got "
            "9223372036854775808");
}

TEST(CollectorKey, IsTheSecondThatTheClientWrote) {
  EXPECT_EQ(collector_key("1970-01-02 00:00:01").sequence, 86'401);
  EXPECT_EQ(collector_key("2022-09-29 23:18:40").sequence, 1'664'493'520);
  EXPECT_EQ(collector_key("2022-09-29 23:18:40"), collector_key("2022-09-29T23:18:40"));
  EXPECT_EQ(collector_key("2022-09-29 23:18:40").source, 0U);
}

TEST(CollectorKey, OtherTextsAreToldApartAndNeverMeetASecond) {
  for (const char* text : {"", "now", "2022-09-29", "2022-13-29 23:18:40", "2022-09-29 24:18:40",
                           "2022-09-29 23:18:4x", "2022-02-30 10:00:00"}) {
    const auto key = collector_key(text);
    EXPECT_LT(key.sequence, 0) << text;
    EXPECT_EQ(key, collector_key(text)) << text;
  }
  EXPECT_NE(collector_key("a"), collector_key("b"));
}

}  // namespace
}  // namespace wakeful::server
