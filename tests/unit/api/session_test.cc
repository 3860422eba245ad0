#include <gmock/gmock.h>

#include "auth/secret.h"
#include "unit/api/api_fixture.h"

namespace wakeful::api {
namespace {

using net::Method;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPassword = "correct horse";

// A hash for all the tests of this file: Argon2id is slow on purpose.
const std::string& password_hash() {
  static const std::string kHash = auth::hash_password(kPassword).value();
  return kHash;
}

class SessionTest : public test::ApiTest {
 protected:
  net::Response anonymous(const std::string& path, const std::string& body) {
    return ask(Method::post, path, body, {{"Content-Type", "application/json"}});
  }
  net::Response login(const std::string& name, const std::string& password) {
    return anonymous("/api/v1/login",
                     R"({"name": ")" + name + R"(", "password": ")" + password + "\"}");
  }
  void add_lee() { ASSERT_TRUE(registry.add_user("lee", password_hash(), store::Role::operator_)); }
  /// The token in a Set-Cookie line.
  static std::string token_of(const net::Response& response) {
    const auto line = header(response, "Set-Cookie");
    const auto start = line.find('=') + 1;
    return line.substr(start, line.find(';') - start);
  }
};

TEST_F(SessionTest, TellsWhoIsLoggedIn) {
  const auto response = get("/api/v1/session");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(test::json_difference(test::json_of(response.body), test::fixture("session.json")), "");
}

TEST_F(SessionTest, ANewServerNeedsSetup) {
  test::MemoryRegistry empty;
  Deps fresh{empty,
             samples,
             fleet,
             clock,
             setup,
             logins,
             refusals,
             live,
             deps.servers_changed,
             deps.remove_server};
  net::Request request;
  request.path = "/api/v1/session";
  const auto response = handle(request, fresh);
  EXPECT_EQ(test::json_difference(test::json_of(response.body), test::fixture("session_none.json")),
            "");
}

TEST_F(SessionTest, NobodyIsLoggedInWithoutACookie) {
  const auto session = test::json_of(ask(Method::get, "/api/v1/session").body);
  EXPECT_TRUE(session.at("user").is_null());
  EXPECT_FALSE(session.at("setup_needed").as_bool());
}

TEST_F(SessionTest, LoginGivesASessionInAStrictCookie) {
  add_lee();
  const auto response = login("lee", std::string(kPassword));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(test::json_of(response.body).at("user").at("role").as_string(), "operator");
  EXPECT_THAT(header(response, "Set-Cookie"),
              testing::MatchesRegex("wakeful_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; "
                                    "SameSite=Strict; Max-Age=7776000"));
  EXPECT_EQ(
      ask(Method::get, "/api/v1/servers", "", {{"Cookie", cookie(token_of(response))}}).status,
      200);
}

TEST_F(SessionTest, TheCookieIsSecureWhereThePageIsReachedByHttps) {
  add_lee();
  deps.secure_cookies = true;
  EXPECT_THAT(header(login("lee", std::string(kPassword)), "Set-Cookie"), HasSubstr("; Secure"));
  EXPECT_THAT(header(post("/api/v1/logout", "{}"), "Set-Cookie"), HasSubstr("; Secure"));
}

TEST_F(SessionTest, AWrongPasswordAndAnUnknownNameGetTheSameAnswer) {
  add_lee();
  const auto wrong = login("lee", "incorrect horse");
  const auto unknown = login("nobody", "incorrect horse");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(header(wrong, "Set-Cookie"), "");
  EXPECT_EQ(detail(wrong), "the name or the password is wrong");
}

TEST_F(SessionTest, BadLoginBodiesNameTheField) {
  EXPECT_EQ(anonymous("/api/v1/login", "nonsense").status, 400);
  const auto missing = anonymous("/api/v1/login", R"({"name": "lee"})");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(detail(missing), "password: expected text, but it is missing");
  EXPECT_EQ(detail(anonymous("/api/v1/login", R"({"name": 7, "password": "x"})")),
            "name: expected text, got a number");
  EXPECT_THAT(detail(login("lee", std::string(2'000, 'x'))),
              HasSubstr("password: expected at most 1024 bytes"));
}

TEST_F(SessionTest, GuessingIsSlowedDown) {
  add_lee();
  for (int i = 0; i < LoginLimiter::kFreeFailures; ++i) {
    ASSERT_EQ(login("lee", "wrong").status, 401);
  }
  const auto limited = login("lee", std::string(kPassword));
  EXPECT_EQ(limited.status, 429) << "also with the right password";
  EXPECT_EQ(header(limited, "Retry-After"), "2");
  EXPECT_THAT(detail(limited), HasSubstr("try again in 2 s"));
  clock.advance(seconds(2));
  EXPECT_EQ(login("lee", std::string(kPassword)).status, 200);
  EXPECT_EQ(logins.entries(), 0u) << "a success forgives";
}

TEST_F(SessionTest, ANewLoginEndsTheSessionItReplaces) {
  add_lee();
  const auto first = token_of(login("lee", std::string(kPassword)));
  const auto sessions = registry.session_count();
  const auto second =
      ask(Method::post, "/api/v1/login", R"({"name": "lee", "password": "correct horse"})",
          {{"Content-Type", "application/json"}, {"Cookie", cookie(first)}});
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(registry.session_count(), sessions);
  EXPECT_EQ(ask(Method::get, "/api/v1/servers", "", {{"Cookie", cookie(first)}}).status, 401);
}

TEST_F(SessionTest, LogoutEndsTheSessionItsStreamsAndTheCookie) {
  const auto stream = get("/api/v1/live").stream;
  ASSERT_TRUE(stream);
  const auto response = post("/api/v1/logout", "{}");
  EXPECT_EQ(response.status, 204);
  EXPECT_TRUE(response.body.empty());
  EXPECT_EQ(header(response, "Set-Cookie"),
            "wakeful_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(get("/api/v1/servers").status, 401);
  EXPECT_EQ(post("/api/v1/logout", "{}").status, 204) << "again does no harm";
}

class SetupTest : public SessionTest {
 protected:
  SetupTest() {
    fresh = std::make_unique<Deps>(Deps{users, samples, fleet, clock, setup, logins, refusals, live,
                                        deps.servers_changed, deps.remove_server});
    token = setup.begin();
  }
  net::Response set_up(const std::string& with, const std::string& name,
                       const std::string& password) {
    net::Request request;
    request.method = Method::post;
    request.path = "/api/v1/setup";
    request.headers.add("Content-Type", "application/json");
    request.body = R"({"token": ")" + with + R"(", "name": ")" + name + R"(", "password": ")" +
                   password + "\"}";
    return handle(request, *fresh);
  }
  test::MemoryRegistry users;
  std::unique_ptr<Deps> fresh;
  std::string token;
};

TEST_F(SetupTest, MakesTheFirstAdminAndLogsIn) {
  const auto response = set_up(token, " kim ", std::string(kPassword));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(test::json_difference(test::json_of(response.body), test::fixture("session.json")), "");
  EXPECT_THAT(header(response, "Set-Cookie"), HasSubstr("HttpOnly"));
  const auto user = *users.find_user("kim");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->role, store::Role::admin);
  EXPECT_THAT(user->password_hash, Not(HasSubstr(std::string(kPassword))));
  EXPECT_TRUE(auth::verify_password(kPassword, user->password_hash));
}

TEST_F(SetupTest, TheLinkWorksOnce) {
  ASSERT_EQ(set_up(token, "kim", std::string(kPassword)).status, 200);
  const auto again = set_up(token, "eve", std::string(kPassword));
  EXPECT_EQ(again.status, 403);
  EXPECT_THAT(detail(again), HasSubstr("token: this setup link is wrong or was used"));
  EXPECT_EQ(*users.count_users(), 1);
}

TEST_F(SetupTest, AWrongOrReplacedTokenIs403) {
  EXPECT_EQ(set_up("guess", "eve", std::string(kPassword)).status, 403);
  const auto newer = setup.begin();
  EXPECT_EQ(set_up(token, "eve", std::string(kPassword)).status, 403);
  EXPECT_EQ(set_up("", "eve", std::string(kPassword)).status, 403);
  EXPECT_EQ(*users.count_users(), 0);
  EXPECT_TRUE(setup.matches(newer));
}

TEST_F(SetupTest, AnAccountThatIsThereAlreadyIsNotReplaced) {
  ASSERT_TRUE(users.add_user("kim", "hash", store::Role::admin));
  const auto response = set_up(token, "eve", std::string(kPassword));
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(detail(response), HasSubstr("the first account is made already"));
  EXPECT_FALSE(setup.matches(token));
}

TEST_F(SetupTest, BadNamesAndPasswordsAre400AndTheLinkStaysGood) {
  EXPECT_EQ(detail(set_up(token, "  ", std::string(kPassword))),
            "name: expected 1 to 100 bytes, got none");
  const auto brief = set_up(token, "kim", "1234567");
  EXPECT_EQ(brief.status, 400);
  EXPECT_EQ(detail(brief), "password: expected at least 8 characters, got 7");
  EXPECT_TRUE(setup.matches(token));
  EXPECT_EQ(*users.count_users(), 0);
}

TEST(SetupLink, NoTokenMatchesBeforeItBeginsAndAfterItEnds) {
  api::Setup setup;
  EXPECT_FALSE(setup.matches(""));
  const auto token = setup.begin();
  EXPECT_TRUE(setup.matches(token));
  setup.finish();
  EXPECT_FALSE(setup.matches(token));
}

}  // namespace
}  // namespace wakeful::api
