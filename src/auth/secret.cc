#include "auth/secret.h"

#include <algorithm>
#include <array>
#include <span>

#include <sodium.h>

#include "base/check.h"
#include "base/strings.h"

namespace wakeful::auth {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::ptrdiff_t kMinPasswordCharacters = 8;
constexpr std::size_t kMaxPasswordBytes = 1024;
// libsodium's "interactive": 2 passes over 64 MiB, about 50 ms.
constexpr unsigned long long kPasses = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE;
constexpr std::size_t kMemoryBytes = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE;

// 32 letters and digits without 0, 1, l and o, which are taken for one another.
constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(kAlphabet.size() == 32);

/// Once per process; thread-safe. It fails only where the system has no source of randomness, and
/// then no secret of ours would be one.
void start_sodium() {
  static const int kStarted = sodium_init();
  WAKEFUL_CHECK(kStarted >= 0);
}

template <std::size_t Size>
std::array<unsigned char, Size> random_bytes() {
  start_sodium();
  std::array<unsigned char, Size> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

Result<std::string> hash_text(std::string_view password) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const int code = crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kPasses,
                                         kMemoryBytes, crypto_pwhash_ALG_ARGON2ID13);
  if (code != 0) {
    return fail(Errc::unavailable, "password: 64 MiB of memory are needed to hash it: try again");
  }
  return std::string(text.data());
}

}  // namespace

std::string make_server_key() {
  // 20 bytes are 32 groups of 5 bits.
  const auto bytes = random_bytes<20>();
  std::string key = "wk_";
  unsigned bits = 0;
  int bit_count = 0;
  for (const unsigned byte : bytes) {
    bits = (bits << 8) | byte;
    bit_count += 8;
    while (bit_count >= 5) {
      bit_count -= 5;
      key.push_back(kAlphabet[(bits >> bit_count) & 31]);
    }
  }
  return key;
}

std::string make_token() {
  const auto bytes = random_bytes<32>();
  constexpr auto kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  return std::string(text.data());
}

std::string make_random_id() { return to_hex(random_bytes<8>()); }

std::string hash_secret(std::string_view secret) {
  start_sodium();
  std::array<unsigned char, kHashBytes> hash{};
  const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
  crypto_generichash(hash.data(), hash.size(), bytes, secret.size(), nullptr, 0);
  return std::string(hash.begin(), hash.end());
}

Result<std::string> hash_password(std::string_view password) {
  // UTF-8: every byte that does not continue a character begins one.
  const auto characters =
      std::ranges::count_if(password, [](char c) { return (c & 0xc0) != 0x80; });
  if (characters < kMinPasswordCharacters) {
    return fail(Errc::invalid,
                "password: expected at least 8 characters, got " + std::to_string(characters));
  }
  if (password.size() > kMaxPasswordBytes) {
    return fail(Errc::invalid,
                "password: expected at most 1024 bytes, got " + std::to_string(password.size()));
  }
  return hash_text(password);
}

bool verify_password(std::string_view password, const std::string& password_hash) {
  start_sodium();
  // Over the limit it cannot be right, and hashing it would only cost us.
  if (password.size() > kMaxPasswordBytes) return false;
  // libsodium looks at no more than STRBYTES, and expects a text that ends within.
  if (password_hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(password_hash.c_str(), password.data(), password.size()) == 0;
}

void verify_nothing(std::string_view password) {
  static const auto kNobody = hash_text("nobody's password");
  if (!kNobody) return;
  static_cast<void>(verify_password(password, *kNobody));
}

}  // namespace wakeful::auth
