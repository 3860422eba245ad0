#include "api/setup.h"

#include "auth/secret.h"

namespace wakeful::api {

std::string Setup::begin() {
  auto token = auth::make_token();
  auto hash = auth::hash_secret(token);
  const std::lock_guard lock(mutex_);
  token_hash_ = std::move(hash);
  return token;
}

// Hashes are compared, so the time it takes says nothing about the token.
bool Setup::matches(std::string_view token) const {
  const auto hash = auth::hash_secret(token);
  const std::lock_guard lock(mutex_);
  return !token_hash_.empty() && hash == token_hash_;
}

void Setup::finish() {
  const std::lock_guard lock(mutex_);
  token_hash_.clear();
}

}  // namespace wakeful::api
