#include "net/http.h"

#include "net/detail/response_head.h"
#include "net_support.h"

namespace wakeful::net::test {
namespace {

TEST(Headers, AreFoundWithoutRegardToCase) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  headers.add("content-type", "second");
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.find("Content-Typ"), std::nullopt);
}

TEST(ProblemResponse, IsProblemJson) {
  const auto response = problem_response(400, "Bad Request", "metrics: expected a number");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Bad Request","status":400,)"
                           R"("detail":"metrics: expected a number"})");
}

TEST(ProblemResponse, EscapesWhatComesFromOutside) {
  const std::string hostile = std::string("a\"b\\c\n\x01") + '\0' + "\x7f\xc3\xa4";
  const auto response = problem_response(400, "t", hostile);
  EXPECT_NE(response.body.find("\"detail\":\"a\\\"b\\\\c\\u000a\\u0001\\u0000\x7f\xc3\xa4\""),
            std::string::npos)
      << response.body;
}

TEST(ProblemResponse, IsUtf8WhateverComes) {
  EXPECT_NE(problem_response(400, "t", "\xff\xfe.").body.find("\"detail\":\"??.\""),
            std::string::npos);
}

TEST(ResponseHead, LeavesOutHeadersThatBreakOutOfTheirLine) {
  Headers headers;
  headers.add("X-Good", "yes");
  headers.add("X-Bad", "a\r\nSet-Cookie: forged");
  headers.add("X Bad", "blank in the name");
  headers.add("X-Bad:", "colon in the name");
  headers.add("", "no name");
  std::string text;
  detail::append_headers(text, headers);
  EXPECT_EQ(text, "X-Good: yes\r\n");
}

TEST(DateHeader, IsInTheFormOfHttp) {
  detail::DateHeader date;
  const std::string text(date.now());
  EXPECT_EQ(text.size(), std::string_view("Date: Fri, 20 Nov 2026 07:48:06 GMT\r\n").size())
      << text;
  EXPECT_TRUE(text.ends_with(" GMT\r\n")) << text;
}

}  // namespace
}  // namespace wakeful::net::test
