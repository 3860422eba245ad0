#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful::log {
namespace {

TEST(FormatLine, WritesComponentMessageAndFields) {
  EXPECT_EQ(format_line("server", "listening",
                        {{"address", "127.0.0.1:8000"}, {"workers", 4}, {"load", 0.5}}),
            "server: listening address=127.0.0.1:8000 workers=4 load=0.5");
  EXPECT_EQ(format_line("server", "stopped", {}), "server: stopped");
}

TEST(FormatLine, KeepsAHostileValueWithinItsField) {
  EXPECT_EQ(format_line("a", "b", {{"name", "x y=z"}}), R"(a: b name="x y=z")");
  EXPECT_EQ(format_line("a", "b", {{"name", "x\n2026 error forged"}}),
            R"(a: b name="x\n2026 error forged")");
  EXPECT_EQ(format_line("a", "b", {{"name", "\" other=1"}}), R"(a: b name="\" other=1")");
  EXPECT_EQ(format_line("a", "b", {{"name", "\x1b[31m\\\x7f"}}), R"(a: b name="\x1b[31m\\\x7f")");
  EXPECT_EQ(format_line("a", "b", {{"name", ""}}), R"(a: b name="")");
  EXPECT_EQ(format_line("a", "two\nlines", {}), R"(a: two\nlines)");
}

TEST(FormatLine, WritesAnErrorByItsMessage) {
  const Error error{Errc::io, "disk full"};
  EXPECT_EQ(format_line("store", "commit failed", {{"reason", error}}),
            R"(store: commit failed reason="disk full")");
}

TEST(Write, PutsTimeLevelProcessAndThreadInFront) {
  testing::internal::CaptureStderr();
  warning("server", "clock", {{"skew_ms", 500}});
  const auto line = testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, testing::MatchesRegex(
                        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z warning "
                        "+[0-9]+/[0-9]+ server: clock skew_ms=500\n"));
}

TEST(Write, LeavesOutLinesBelowTheLevel) {
  testing::internal::CaptureStderr();
  debug("server", "hidden");
  set_level(Level::error);
  warning("server", "hidden");
  error("server", "shown");
  set_level(Level::off);
  error("server", "hidden");
  set_level(Level::info);
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines.find("hidden"), std::string::npos) << lines;
  EXPECT_NE(lines.find("shown"), std::string::npos) << lines;
}

TEST(ParseLevel, KnowsItsWords) {
  EXPECT_EQ(*parse_level("debug"), Level::debug);
  EXPECT_EQ(*parse_level("info"), Level::info);
  EXPECT_EQ(*parse_level("warning"), Level::warning);
  EXPECT_EQ(*parse_level("error"), Level::error);
  EXPECT_EQ(*parse_level("off"), Level::off);
  const auto bad = parse_level("loud");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message,
            "log level: expected debug, info, warning, error or off, got \"loud\"");
}

}  // namespace
}  // namespace wakeful::log
