#include "api/csv_writer.h"

#include <limits>

#include <gtest/gtest.h>

namespace wakeful::api {
namespace {

std::string field(std::string_view text) {
  CsvWriter csv;
  csv.text(text);
  return csv.take();
}

TEST(CsvWriter, FieldsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(field("plain name"), "plain name");
  EXPECT_EQ(field(""), "");
  EXPECT_EQ(field("a,b"), "\"a,b\"");
  EXPECT_EQ(field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(field("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(field("한글"), "한글");
}

TEST(CsvWriter, ANameIsNoFormula) {
  EXPECT_EQ(field("=1+1"), "'=1+1");
  EXPECT_EQ(field("+x"), "'+x");
  EXPECT_EQ(field("-x"), "'-x");
  EXPECT_EQ(field("@x"), "'@x");
  EXPECT_EQ(field("\tx"), "'\tx");
  EXPECT_EQ(field("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
}

TEST(CsvWriter, LinesOfTimesAndNumbers) {
  CsvWriter csv;
  csv.time(from_unix_ms(1'795'158'745'123)).number(0.25).number(-3);
  csv.number(std::numeric_limits<double>::quiet_NaN()).number(1e15);
  csv.end_line();
  csv.number(std::numeric_limits<double>::infinity()).text("x");
  csv.end_line();
  EXPECT_EQ(csv.take(), "2026-11-20T07:12:25.123Z,0.25,-3,,1e+15\r\n,x\r\n");
}

TEST(CsvResponse, TheFileNameIsHarmless) {
  const auto response = csv_response("a\r\n", "wakeful-\"gpu 3\"\r\nX: y/../é");
  EXPECT_EQ(response.headers.find("Content-Disposition"),
            "attachment; filename=\"wakeful-_gpu_3___X__y_..___.csv\"");
  EXPECT_EQ(response.content_type, "text/csv; charset=utf-8; header=present");
}

}  // namespace
}  // namespace wakeful::api
