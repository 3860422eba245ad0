#include <gmock/gmock.h>

#include "api/session_check.h"
#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using net::Method;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

using RouterTest = test::ApiTest;

struct Protected {
  std::string name;
  Method method;
  std::string target;
  std::string body;
  bool changes;
};

// Every route that needs a session.
class ProtectedRoute : public test::ApiTest, public testing::WithParamInterface<Protected> {};

TEST_P(ProtectedRoute, Answers401WithoutASession) {
  const auto& route = GetParam();
  for (const std::string cookies : {"", "wakeful_session=", "wakeful_session=wrong", "other=1"}) {
    const auto response = ask(route.method, route.target, route.body,
                              {{"Cookie", cookies}, {"Content-Type", "application/json"}});
    EXPECT_EQ(response.status, 401) << cookies;
    EXPECT_THAT(detail(response), HasSubstr("log in first"));
  }
}

TEST_P(ProtectedRoute, SucceedsForAnAdmin) {
  const auto& route = GetParam();
  const auto response = ask(route.method, route.target, route.body,
                            {{"Cookie", cookie(admin)}, {"Content-Type", "application/json"}});
  EXPECT_TRUE(response.status >= 200 && response.status < 300) << response.body;
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  if (response.stream) response.stream->close();
}

TEST_P(ProtectedRoute, AViewerMayLookAndNotTouch) {
  const auto& route = GetParam();
  const auto response = ask(route.method, route.target, route.body,
                            {{"Cookie", cookie(viewer)}, {"Content-Type", "application/json"}});
  if (route.changes) {
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(detail(response), "this needs the role operator or admin; ask an admin");
    EXPECT_EQ(registry.servers()->size(), 2u);
  } else {
    EXPECT_EQ(response.status, 200) << response.body;
  }
  if (response.stream) response.stream->close();
}

TEST_P(ProtectedRoute, ReadsAreAnsweredForHeadAndChangesAreNot) {
  const auto& route = GetParam();
  const auto response = ask(Method::head, route.target, "", {{"Cookie", cookie(admin)}});
  if (route.method == Method::get) {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.stream, nullptr);
  }
}

TEST_P(ProtectedRoute, OtherMethodsGet405WithTheKnownOnes) {
  const auto& route = GetParam();
  const auto response = ask(Method::put, route.target, "", {{"Cookie", cookie(admin)}});
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(header(response, "Allow"), HasSubstr(std::string(net::method_name(route.method))));
  EXPECT_THAT(detail(response), HasSubstr("got PUT"));
}

INSTANTIATE_TEST_SUITE_P(
    Routes, ProtectedRoute,
    testing::Values(Protected{"Servers", Method::get, "/api/v1/servers", "", false},
                    Protected{"NewServer", Method::post, "/api/v1/servers", R"({"name": "x"})",
                              true},
                    Protected{"Server", Method::get, "/api/v1/servers/1", "", false},
                    Protected{"DeleteServer", Method::delete_, "/api/v1/servers/1", "", true},
                    Protected{"Samples", Method::get, "/api/v1/servers/1/samples", "", false},
                    Protected{"Events", Method::get, "/api/v1/servers/1/events", "", false},
                    Protected{"Live", Method::get, "/api/v1/live", "", false},
                    Protected{"Metrics", Method::get, "/api/v1/metrics", "", false},
                    Protected{"Refusals", Method::get, "/api/v1/refusals", "", false}),
    [](const auto& route) { return route.param.name; });

TEST_F(RouterTest, AllowListsAllMethodsOfAPath) {
  const auto response = ask(Method::patch, "/api/v1/servers/1");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(ask(Method::options, "/api/v1/login").status, 405);
}

TEST_F(RouterTest, UnknownPathsAre404) {
  for (const std::string path :
       {"/api/v1/nothing", "/api/", "/api", "", "/", "/api/v1/servers/", "/api/v1/servers/1/",
        "//api/v1/servers", "/api/v1/servers/1/samples/x", "/api/v2/servers", "/api/v1/servers%2F1",
        "/api/v1/../v1/servers"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  EXPECT_THAT(detail(get("/api/v1/nothing")), HasSubstr("/api/v1/nothing"));
}

TEST_F(RouterTest, EscapesAreDecodedWithinTheirSegment) {
  EXPECT_EQ(get("/api/v1/%73ervers").status, 200);
  EXPECT_EQ(get("/api/v1/servers/%31").status, 200);
  EXPECT_EQ(get("/api/v1/servers/1%2Fsamples").status, 404);
  EXPECT_EQ(get("/api/v1/servers/1%00").status, 404);
  EXPECT_EQ(get("/api/v1/servers/+1").status, 404);
  for (const std::string broken : {"/api/v1/%", "/api/v1/%4", "/api/v1/%zz", "/api/%e/servers"}) {
    const auto response = get(broken);
    EXPECT_EQ(response.status, 400) << broken;
    EXPECT_THAT(detail(response), HasSubstr("path: expected two hexadecimal digits"));
  }
}

TEST_F(RouterTest, ChangesFromAnotherSiteAre403) {
  const auto refused = [&](Lines headers) {
    const auto response = ask(Method::delete_, "/api/v1/servers/1", "", headers);
    return response.status == 403 ? detail(response) : std::to_string(response.status);
  };
  const auto mine = cookie(admin);
  EXPECT_THAT(refused({{"Cookie", mine}, {"Sec-Fetch-Site", "cross-site"}}),
              HasSubstr("Sec-Fetch-Site: expected same-origin, got cross-site"));
  EXPECT_THAT(refused({{"Cookie", mine}, {"Sec-Fetch-Site", "same-site"}}), HasSubstr("same-site"));
  EXPECT_THAT(refused({{"Cookie", mine}, {"Origin", "http://evil.example"}}),
              HasSubstr("Origin: expected the host wakeful.example:8000"));
  EXPECT_THAT(refused({{"Cookie", mine}, {"Origin", "null"}}), HasSubstr("got null"));
  EXPECT_THAT(refused({{"Cookie", mine}, {"Origin", "http://wakeful.example"}}),
              HasSubstr("Origin"))
      << "another port is another origin";
  EXPECT_THAT(refused({{"Cookie", mine},
                       {"Sec-Fetch-Site", "cross-site"},
                       {"Origin", "http://wakeful.example:8000"}}),
              HasSubstr("Sec-Fetch-Site"));
  EXPECT_EQ(registry.servers()->size(), 2u);
  EXPECT_EQ(refused({{"Cookie", mine}, {"Origin", "https://WAKEFUL.example:8000"}}), "204");
  EXPECT_EQ(
      ask(Method::delete_, "/api/v1/servers/2", "", {{"Cookie", mine}, {"Sec-Fetch-Site", "none"}})
          .status,
      204);
}

TEST_F(RouterTest, LoginAndSetupAreCheckedForOtherSitesToo) {
  for (const std::string path : {"/api/v1/login", "/api/v1/setup", "/api/v1/logout"}) {
    EXPECT_EQ(ask(Method::post, path, "{}",
                  {{"Content-Type", "application/json"}, {"Origin", "http://evil.example"}})
                  .status,
              403)
        << path;
  }
}

TEST_F(RouterTest, ReadsFromAnotherSiteAreLeftToTheBrowser) {
  EXPECT_EQ(ask(Method::get, "/api/v1/servers", "",
                {{"Cookie", cookie(admin)}, {"Sec-Fetch-Site", "cross-site"}})
                .status,
            200);
}

TEST_F(RouterTest, ABodyThatIsNotJsonIs415) {
  for (const std::string type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/jsonx", "text/json"}) {
    const auto response = ask(Method::post, "/api/v1/servers", R"({"name": "x"})",
                              {{"Cookie", cookie(admin)}, {"Content-Type", type}});
    EXPECT_EQ(response.status, 415) << type;
    EXPECT_THAT(detail(response), HasSubstr("Content-Type: expected application/json, got "));
  }
  EXPECT_EQ(ask(Method::post, "/api/v1/servers", R"({"name": "x"})",
                {{"Cookie", cookie(admin)}, {"Content-Type", "Application/JSON; charset=utf-8"}})
                .status,
            201);
}

TEST_F(RouterTest, ABodyOverTheLimitIs413) {
  const auto response = post("/api/v1/servers", R"({"name": ")" + std::string(70'000, 'x') + "\"}");
  EXPECT_EQ(response.status, 413);
  EXPECT_THAT(detail(response), HasSubstr("body: expected at most 65536 bytes"));
}

TEST_F(RouterTest, ASessionEndsWhenItIsIdleForTooLong) {
  clock.advance(deps.session_idle - Milliseconds(1));
  EXPECT_EQ(get("/api/v1/servers").status, 200) << "and this use starts the idle time anew";
  clock.advance(deps.session_idle - Milliseconds(1));
  EXPECT_EQ(get("/api/v1/servers").status, 200);
  const auto before = registry.session_count();
  clock.advance(deps.session_idle);
  EXPECT_EQ(get("/api/v1/servers").status, 401);
  EXPECT_EQ(registry.session_count(), before - 1) << "an ended session is forgotten";
}

TEST_F(RouterTest, ASessionEndsWhenItIsTooOldHoweverMuchItIsUsed) {
  deps.session_lifetime = hours(24 * 30);
  for (int day = 0; day < 29; ++day) {
    clock.advance(hours(24));
    ASSERT_EQ(get("/api/v1/servers").status, 200) << day;
  }
  clock.advance(hours(24));
  EXPECT_EQ(get("/api/v1/servers").status, 401);
}

TEST_F(RouterTest, TheUseOfASessionIsNotedAtMostOnceAMinute) {
  for (int i = 0; i < 50; ++i) get("/api/v1/servers");
  EXPECT_EQ(registry.touches(), 0);
  clock.advance(minutes(1));
  for (int i = 0; i < 50; ++i) get("/api/v1/servers");
  EXPECT_EQ(registry.touches(), 1);
}

TEST_F(RouterTest, AnExpiredSessionLosesItsLiveStream) {
  const auto response = get("/api/v1/live");
  ASSERT_TRUE(response.stream);
  clock.advance(deps.session_idle);
  get("/api/v1/servers");
  EXPECT_TRUE(response.stream->closed());
}

TEST_F(RouterTest, AStoreThatFailsIs503AndSaysWhen) {
  registry.fail_with(Error{Errc::io, "disk full"});
  const auto response = get("/api/v1/servers");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Retry-After"), "5");
  EXPECT_EQ(ask(Method::get, "/api/v1/session").status, 503);
}

TEST(ErrorResponse, InternalMessagesStayInside) {
  const auto response = error_response({Errc::internal, "row 7 of table secrets"});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secrets"), std::string::npos);
}

TEST(HttpStatus, FollowsTheErrorCode) {
  EXPECT_EQ(http_status(Errc::invalid), 400);
  EXPECT_EQ(http_status(Errc::parse), 400);
  EXPECT_EQ(http_status(Errc::unauthorized), 401);
  EXPECT_EQ(http_status(Errc::denied), 403);
  EXPECT_EQ(http_status(Errc::not_found), 404);
  EXPECT_EQ(http_status(Errc::conflict), 409);
  EXPECT_EQ(http_status(Errc::too_large), 413);
  EXPECT_EQ(http_status(Errc::internal), 500);
  EXPECT_EQ(http_status(Errc::unavailable), 503);
}

TEST(FindCookie, TakesTheOneWithTheName) {
  net::Headers headers;
  headers.add("cookie", "a=1; wakeful_session_x=no;  wakeful_session=yes=1 ; b");
  EXPECT_EQ(find_cookie(headers, "wakeful_session"), "yes=1");
  EXPECT_EQ(find_cookie(headers, "b"), std::nullopt);
  EXPECT_EQ(find_cookie({}, "wakeful_session"), std::nullopt);
}

}  // namespace
}  // namespace wakeful::api
