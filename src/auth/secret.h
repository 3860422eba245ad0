// auth/secret.h: random secrets, their hashes, and passwords. libsodium does the work and stays in
// secret.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::auth {

/// A server's key: "wk_" and 32 characters of lower-case base32 (160 random bits). Easy to paste,
/// safe in a URL.
std::string make_server_key();
/// 256 random bits in URL-safe base64 without padding: session cookies, setup links.
std::string make_token();
/// 64 random bits in hex: ids that need only be different.
std::string make_random_id();

/// 32 bytes (BLAKE2b-256). Secrets of full entropy need no salt. thread: any
std::string hash_secret(std::string_view secret);

/// Argon2id in its own text form. blocks: about 50 ms of CPU, 64 MiB for that time
/// errors  invalid: shorter than 8 characters or longer than 1024 bytes
Result<std::string> hash_password(std::string_view password);
/// Constant time for a given hash. thread: any
bool verify_password(std::string_view password, const std::string& password_hash);
/// Take as long as verify_password does, so that an unknown name is not told apart by time.
void verify_nothing(std::string_view password);

}  // namespace wakeful::auth
