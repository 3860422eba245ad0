#include "auth/secret.h"

#include <set>

#include <gtest/gtest.h>

#include "base/strings.h"

namespace wakeful::auth {
namespace {

TEST(ServerKey, HasItsPrefixAnd32EasyCharacters) {
  const auto key = make_server_key();
  ASSERT_EQ(key.size(), 35U);
  EXPECT_EQ(key.substr(0, 3), "wk_");
  EXPECT_EQ(key.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789", 3), std::string::npos) << key;
}

TEST(ServerKey, UsesEveryCharacterAtEveryPlace) {
  std::vector<std::set<char>> seen(35);
  for (int i = 0; i < 2000; ++i) {
    const auto key = make_server_key();
    for (std::size_t at = 3; at < key.size(); ++at) seen[at].insert(key[at]);
  }
  // Each of 32 characters is missing after 2,000 draws with a probability below 1e-27.
  for (std::size_t at = 3; at < seen.size(); ++at) EXPECT_EQ(seen[at].size(), 32U) << at;
}

TEST(Secrets, AreDifferentEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(make_server_key());
    seen.insert(make_token());
    seen.insert(make_random_id());
  }
  EXPECT_EQ(seen.size(), 3000U);
}

TEST(Token, Is43UrlSafeCharacters) {
  const auto token = make_token();
  EXPECT_EQ(token.size(), 43U);
  EXPECT_EQ(
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos)
      << token;
}

TEST(RandomId, Is16HexDigits) {
  const auto id = make_random_id();
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
}

TEST(HashSecret, IsBlake2b256) {
  const auto hash = hash_secret("abc");
  const std::span bytes(reinterpret_cast<const unsigned char*>(hash.data()), hash.size());
  // Source: `b2sum -l 256` of the three bytes.
  EXPECT_EQ(to_hex(bytes), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(hash_secret("").size(), 32U);
  EXPECT_NE(hash_secret("abc"), hash_secret("abd"));
}

TEST(Password, IsVerifiedAgainstItsHashOnly) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash.has_value());
  EXPECT_EQ(hash->rfind("$argon2id$v=19$m=65536,t=2,p=1$", 0), 0U) << *hash;
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct horsf", *hash));
  EXPECT_FALSE(verify_password("", *hash));
  EXPECT_NE(*hash_password("correct horse"), *hash);
}

TEST(Password, NeedsEightCharacters) {
  const auto refused = hash_password("1234567");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_EQ(refused.error().message, "password: expected at least 8 characters, got 7");
  EXPECT_FALSE(hash_password("가나다라마바사").has_value());
  EXPECT_TRUE(hash_password("가나다라마바사아").has_value());
}

TEST(Password, MayBe1024BytesLong) {
  const auto hash = hash_password(std::string(1024, 'x'));
  ASSERT_TRUE(hash.has_value());
  EXPECT_TRUE(verify_password(std::string(1024, 'x'), *hash));
  EXPECT_FALSE(verify_password(std::string(1025, 'x'), *hash));
  EXPECT_FALSE(hash_password(std::string(1025, 'x')).has_value());
}

TEST(Password, WithAZeroByteIsNotCutThere) {
  const auto hash = hash_password(std::string("password\0one", 12));
  ASSERT_TRUE(hash.has_value());
  EXPECT_FALSE(verify_password(std::string("password\0two", 12), *hash));
}

TEST(Password, IsNeverVerifiedByADamagedHash) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash.has_value());
  for (const auto& damaged :
       {std::string(), std::string("x"), hash->substr(0, hash->size() / 2), *hash + *hash,
        std::string(5000, '$'), std::string("$argon2id$v=19$m=65536,t=2,p=1$")}) {
    EXPECT_FALSE(verify_password("correct horse", damaged)) << damaged;
  }
}

TEST(Password, VerifyNothingIsHarmless) {
  verify_nothing("whatever was typed");
  verify_nothing("");
}

}  // namespace
}  // namespace wakeful::auth
