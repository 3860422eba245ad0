#include "api/json_body.h"

#include <gtest/gtest.h>

namespace wakeful::api {
namespace {

std::string error_of(std::string_view text) {
  const auto body = JsonBody::parse(text);
  return body ? "" : body.error().message;
}

TEST(JsonBody, GivesTheTextsOfAnObject) {
  const auto body = JsonBody::parse(R"({"name": "gpu3", "password": "g\u00e9heim", "more": [1]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(*body->text("name", 100), "gpu3");
  EXPECT_EQ(*body->text("password", 100), "g\xc3\xa9heim");
}

TEST(JsonBody, SaysWhatIsWrongWithTheDocument) {
  EXPECT_EQ(error_of(""), "body: expected a JSON object, got nothing");
  EXPECT_EQ(error_of("[1]"), "body: expected a JSON object, got an array");
  EXPECT_EQ(error_of("null"), "body: expected a JSON object, got null");
  for (const std::string_view bad :
       {"{", "{\"a\":}", "{} {}", "name=x", "{\"a\": NaN}", "\xff\xfe", "{\"a\": \"\xff\"}"}) {
    EXPECT_NE(error_of(bad).find("body: expected JSON, got "), std::string::npos) << bad;
  }
  EXPECT_FALSE(error_of(std::string(10'000, '[')).empty());
}

TEST(JsonBody, NamesTheFieldThatIsWrong) {
  const auto body = JsonBody::parse(
      R"({"a": 1, "b": null, "c": [], "d": {}, "e": true, "f": 1.5, "long": "12345"})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->text("a", 10).error().message, "a: expected text, got a number");
  EXPECT_EQ(body->text("b", 10).error().message, "b: expected text, got null");
  EXPECT_EQ(body->text("c", 10).error().message, "c: expected text, got an array");
  EXPECT_EQ(body->text("d", 10).error().message, "d: expected text, got an object");
  EXPECT_EQ(body->text("e", 10).error().message, "e: expected text, got a boolean");
  EXPECT_EQ(body->text("f", 10).error().message, "f: expected text, got a number");
  EXPECT_EQ(body->text("g", 10).error().message, "g: expected text, but it is missing");
  EXPECT_EQ(body->text("long", 4).error().message, "long: expected at most 4 bytes, got 5");
}

}  // namespace
}  // namespace wakeful::api
