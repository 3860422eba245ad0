#include "base/strings.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakeful {
namespace {

using testing::ElementsAre;

TEST(Trim, CutsBlanksAtBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Split, KeepsEmptyPieces) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
}

TEST(NextLine, CutsLinesAndEndsAfterTheLast) {
  std::string_view text = "one\n\ntwo";
  EXPECT_EQ(next_line(text), "one");
  EXPECT_EQ(next_line(text), "");
  EXPECT_EQ(next_line(text), "two");
  EXPECT_EQ(next_line(text), std::nullopt);
  std::string_view ended = "one\n";
  EXPECT_EQ(next_line(ended), "one");
  EXPECT_EQ(next_line(ended), std::nullopt);
}

TEST(NextWord, CutsWordsAtAnyBlank) {
  std::string_view text = "  cpu0\t12  34\n";
  EXPECT_EQ(next_word(text), "cpu0");
  EXPECT_EQ(next_word(text), "12");
  EXPECT_EQ(next_word(text), "34");
  EXPECT_EQ(next_word(text), "");
}

TEST(ParseInteger, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_integer<int>("-42"), -42);
  EXPECT_EQ(parse_integer<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_integer<std::uint8_t>("ff", 16), 255);
  for (const auto* bad : {"", " 1", "1 ", "+1", "1x", "0x1", "1.0"}) {
    EXPECT_EQ(parse_integer<int>(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(parse_integer<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_integer<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_integer<std::uint8_t>("256"), std::nullopt);
}

TEST(ParseDouble, TakesFiniteNumbersOnly) {
  EXPECT_EQ(parse_double("12.5"), 12.5);
  EXPECT_EQ(parse_double("-1e-3"), -0.001);
  for (const auto* bad :
       {"", "nan", "inf", "-infinity", "1e999", " 1", "1 ", "1,5", "0x1p3", "+1"}) {
    EXPECT_EQ(parse_double(bad), std::nullopt) << bad;
  }
}

TEST(Nearest, FindsATypingError) {
  constexpr std::string_view kNames[] = {"listen", "store", "data"};
  EXPECT_EQ(nearest("lisen", kNames), "listen");
  EXPECT_EQ(nearest("stroe", kNames), "");
  EXPECT_EQ(nearest("storr", kNames), "store");
  EXPECT_EQ(nearest("completely-else", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
}

TEST(ToHex, WritesTwoDigitsAByte) {
  constexpr unsigned char kBytes[] = {0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(to_hex(kBytes), "000fa5ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(IsUtf8, TakesWellFormedTextOnly) {
  for (const auto* good :
       {"", "abc", "é", "한국어", "😀", "\x7f", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  const char* const bad[] = {
      "\x80",              // a tail without a head
      "\xc3",              // cut off
      "\xe2\x82",          // cut off
      "\xf0\x9f\x98",      // cut off
      "\xc0\xaf",          // overlong
      "\xc1\xbf",          // overlong
      "\xe0\x9f\xbf",      // overlong
      "\xf0\x8f\xbf\xbf",  // overlong
      "\xed\xa0\x80",      // surrogate
      "\xf4\x90\x80\x80",  // above U+10FFFF
      "\xf5\x80\x80\x80",  // above U+10FFFF
      "\xff",              // never
      "a\xc3(",            // a head without its tail
  };
  for (const auto* text : bad) EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
}

TEST(FormatBytes, PicksTheUnitThatKeepsNumbersShort) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes((1 << 20) - 1), "1.0 MiB") << "never 1024.0 KiB";
  EXPECT_EQ(format_bytes(std::uint64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Shorten, CutsAtACharacterBoundary) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("abcd", 3), "abc…");
  EXPECT_EQ(shorten("aéb", 2), "a…") << "é takes two bytes";
  EXPECT_EQ(shorten("한국", 5), "한…");
  EXPECT_EQ(shorten("한", 0), "…");
}

}  // namespace
}  // namespace wakeful
